/// One machine of the lab: a network namespace, or the namespace in which the lab itself runs.
public struct Host: Sendable {
    public let name: String
    private let prefix: [String]

    /// Where the lab itself runs.
    public static let own = Host(name: "lab", prefix: [])

    /// - Parameter namespace: the name of a network namespace that exists.
    public init(namespace: String) {
        // `nsenter` becomes the command, so that the process started is the command itself; unlike `ip netns exec`
        // it leaves the mounts alone.
        self.init(name: namespace, prefix: ["nsenter", "--net=/run/netns/\(namespace)", "--"])
    }

    private init(name: String, prefix: [String]) {
        self.name = name
        self.prefix = prefix
    }

    /// - Throws: ``LabFailure`` unless the command ends with status 0.
    @discardableResult
    public func run(_ arguments: String..., input: String? = nil) throws -> String {
        try Command(prefix + arguments, input: input).run()
    }

    public func attempt(_ arguments: [String], input: String? = nil) throws -> Command.Outcome {
        try Command(prefix + arguments, input: input).attempt()
    }

    public func start(
        _ name: String,
        _ arguments: [String],
        logPath: String,
        environment: [String: String] = [:]
    ) throws -> Daemon {
        try Daemon(name, prefix + arguments, logPath: logPath, environment: environment)
    }
}

/// One machine of the lab: a network namespace, or the namespace in which the lab itself runs.
public struct Host: Sendable {
    public let name: String
    /// Nil for the lab's own.
    let namespacePath: String?
    private let prefix: [String]

    /// Where the lab itself runs.
    public static let own = Host(name: "lab", namespacePath: nil, prefix: [])

    /// - Parameter namespace: the name of a network namespace that exists.
    public init(namespace: String) {
        // `nsenter` becomes the command, so that the process started is the command itself; unlike `ip netns exec`
        // it leaves the mounts alone.
        let path = "/run/netns/\(namespace)"
        self.init(name: namespace, namespacePath: path, prefix: ["nsenter", "--net=\(path)", "--"])
    }

    private init(name: String, namespacePath: String?, prefix: [String]) {
        self.name = name
        self.namespacePath = namespacePath
        self.prefix = prefix
    }

    /// - Throws: ``LabFailure`` unless the command ends with status 0.
    @discardableResult
    public func run(_ arguments: String..., input: String? = nil) throws -> String {
        try Command(prefix + arguments, input: input).run()
    }

    @discardableResult
    public func run(_ arguments: [String], input: String? = nil) throws -> String {
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

import Foundation

/// `holdfast-agent` on a node.
public final class AgentProcess {
    public let stateDirectory: String
    /// Settings of `holdfast-agent run`, as environment variables.
    public var environment: [String: String] = [:]
    /// What its machine has installed. Enrolment is always by the build's own.
    public private(set) var program = Binaries.agent
    private let host: Host
    private let name: String
    private unowned let lab: Lab
    private var daemon: Daemon?

    init(lab: Lab, host: Host, name: String, stateDirectory: String) {
        self.lab = lab
        self.host = host
        self.name = name
        self.stateDirectory = stateDirectory
    }

    /// Not in the state folder, which a test may fill up.
    private var statusSocket: String { "\(lab.directory)/\(name).sock" }

    /// Each node's own, since the lab's nodes share a file system.
    private var requestFile: String { "\(lab.directory)/\(name).desired-version" }

    /// The version that the agent asks its machine for; nil for none. Nobody installs it in the lab but a test.
    public func requestedVersion() -> String? {
        (try? String(contentsOfFile: requestFile, encoding: .utf8))?.trimmingCharacters(in: .newlines)
    }

    public func enroll(coordinator: String, token: String, endpoint: String) throws {
        let arguments = [
            Binaries.agent, "enroll", "--coordinator", coordinator, "--token-file", "-", "--endpoint", endpoint,
            "--name", name, "--interface", Node.interface, "--state-dir", stateDirectory,
        ]
        let outcome = try host.attempt(arguments, input: token + "\n")
        try require(outcome.status == 0, "holdfast-agent enroll: \(outcome.status)\n\(outcome.error)\(outcome.output)")
    }

    /// Starts it and does not wait.
    public func start() throws {
        daemon = try lab.start(
            "agent-\(name)",
            on: host,
            [program, "run", "--state-dir", stateDirectory, "--status-socket", statusSocket],
            environment: environment.merging(["HOLDFAST_UPGRADE_REQUEST_FILE": requestFile]) { own, _ in own }
        )
    }

    public func process() throws -> Daemon {
        try unwrap(daemon, "the agent of \(name) was not started")
    }

    /// What a package does that brings another version: the program changes, and the agent starts anew.
    public func install(_ program: String) throws {
        self.program = program
        if try process().isRunning { try process().terminate() }
        try start()
    }

    /// `kill -9`.
    public func kill() {
        daemon?.kill()
    }

    /// From the agent's socket, without the start of a process: it is asked many times a second.
    public func status() throws -> AgentStatus {
        try AgentStatus(json: UnixSocket.read(statusSocket))
    }

    /// What `holdfast-agent status` prints.
    public func statusCommand(_ options: String...) throws -> Command.Outcome {
        try host.attempt([Binaries.agent, "status", "--status-socket", statusSocket] + options)
    }

    /// What `holdfast-agent check` finds.
    public func check() throws -> Command.Outcome {
        let settings = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return try host.attempt(
            ["env"] + settings + [
                Binaries.agent, "check", "--state-dir", stateDirectory, "--status-socket", statusSocket,
            ]
        )
    }

    /// Waits until the agent answers on its socket and `condition` holds for what it says.
    @discardableResult
    public func wait(
        for what: String,
        within limit: Duration = .seconds(20),
        until condition: (AgentStatus) -> Bool
    ) throws -> Duration {
        try LabSupport.wait(for: "agent of \(name): \(what)", within: limit, pause: .milliseconds(30)) {
            try require(try process().isRunning, "the agent of \(name) has ended")
            guard let status = try? status() else { return false }
            return condition(status)
        }
    }
}

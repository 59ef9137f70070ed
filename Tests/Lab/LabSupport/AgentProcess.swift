import Foundation

/// `holdfast-agent` on a node.
public final class AgentProcess {
    public let stateDirectory: String
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
            [Binaries.agent, "run", "--state-dir", stateDirectory, "--status-socket", statusSocket]
        )
    }

    public func process() throws -> Daemon {
        try unwrap(daemon, "the agent of \(name) was not started")
    }

    /// `kill -9`.
    public func kill() {
        daemon?.kill()
    }

    public func status() throws -> AgentStatus {
        let outcome = try host.attempt([Binaries.agent, "status", "--json", "--status-socket", statusSocket])
        try require(outcome.status == 0, "holdfast-agent status: \(outcome.status)\n\(outcome.error)")
        return try JSONDecoder().decode(AgentStatus.self, from: Data(outcome.output.utf8))
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

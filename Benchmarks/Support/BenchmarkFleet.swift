import Foundation
import LabSupport

/// A coordinator and its agents on this machine, listening on the loopback interface.
public final class BenchmarkFleet {
    private let folder: String
    private var dataDirectory: String { "\(folder)/coordinator" }
    private let region: String
    private let configurationPath: String
    private let apiPort: UInt16, opsPort: UInt16, linkPort: UInt16
    private var daemons: [Daemon] = []

    public var api: APIClient { APIClient(host: "127.0.0.1", port: apiPort) }

    /// - Parameters:
    ///   - databaseURL: empty for the embedded database.
    ///   - more: further tables of the coordinator's settings.
    ///   - secrets: texts by the names of their files, beside the webhooks' secret.
    public init(
        folder: String,
        databaseURL: String = "",
        region: String,
        more: String = "",
        secrets: [String: String] = [:]
    ) throws {
        self.folder = folder
        self.region = region
        configurationPath = "\(folder)/coordinator.toml"
        apiPort = try FreePort.find()
        opsPort = try FreePort.find()
        linkPort = try FreePort.find()
        var configuration = CoordinatorConfiguration(
            dataDirectory: dataDirectory,
            api: "127.0.0.1:\(apiPort)",
            ops: "127.0.0.1:\(opsPort)",
            link: "127.0.0.1:\(linkPort)",
            databaseURL: databaseURL,
            provisionWait_s: 30
        )
        configuration.admin = "127.0.0.1:\(try FreePort.find())"
        configuration.more = more
        try configuration.write(to: configurationPath, webhookSecret: CoordinatorProcess.webhookSecret)
        for (name, secret) in secrets {
            let made = FileManager.default.createFile(
                atPath: "\(dataDirectory)/secrets/\(name)",
                contents: Data(secret.utf8),
                attributes: [.posixPermissions: 0o600]
            )
            try require(made, "cannot write the secret \(name)")
        }
    }

    /// Where the embedded database listens.
    public var databaseSocket: String { "\(dataDirectory)/run" }

    /// - Returns: how long the coordinator took to be ready.
    @discardableResult
    public func start(agents: Int) throws -> Duration {
        let coordinator = try start("coordinator", [Binaries.coordinator, "serve", "--config", configurationPath])
        let ready = try waitUntilReady(coordinator, host: "127.0.0.1", port: opsPort)
        for number in 1...agents { try addAgent(number) }
        try wait(for: "every node to be linked", within: .seconds(60), pause: .milliseconds(100)) {
            try (1...agents).allSatisfy { try isLinked($0) }
        }
        return ready
    }

    public func stop() {
        for daemon in daemons.reversed() where (try? daemon.terminate()) == nil { daemon.kill() }
    }

    public func logTails() -> String {
        daemons.map { "\($0.name):\n" + $0.log().split(separator: "\n").suffix(10).joined(separator: "\n") }
            .joined(separator: "\n")
    }

    private func addAgent(_ number: Int) throws {
        let token = try Command([
            Binaries.coordinator, "join-token", "create", "--region", region, "--config", configurationPath,
        ]).run()
        let arguments = [
            Binaries.agent, "enroll", "--coordinator", "127.0.0.1:\(linkPort)", "--token-file", "-",
            "--endpoint", "192.0.2.\(number):51820", "--name", "\(region)-\(number)",
            "--interface", "simulated\(number)", "--state-dir", state(number),
        ]
        try Command(arguments, input: token + "\n").run()
        _ = try start(
            "agent-\(number)",
            [
                Binaries.agent, "run", "--state-dir", state(number), "--status-socket", socket(number),
                "--simulated-device",
            ]
        )
    }

    private func isLinked(_ number: Int) throws -> Bool {
        let outcome = try Command([Binaries.agent, "status", "--json", "--status-socket", socket(number)]).attempt()
        guard outcome.status == 0 else { return false }
        return try AgentStatus(json: outcome.output.utf8).isLinked
    }

    private func state(_ number: Int) -> String { "\(folder)/agent-\(number)" }
    private func socket(_ number: Int) -> String { "\(folder)/agent-\(number).sock" }

    private func start(_ name: String, _ arguments: [String]) throws -> Daemon {
        let daemon = try Daemon(name, arguments, logPath: "\(folder)/\(name).log")
        daemons.append(daemon)
        return daemon
    }
}

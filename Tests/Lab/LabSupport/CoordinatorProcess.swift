import Foundation
import Glibc

/// `holdfast-coordinator serve` on its embedded database, with a data folder of its own.
public final class CoordinatorProcess {
    public struct Settings: Sendable {
        /// How long `POST /v1/peers` waits for a node.
        public var provisionWait_s = 5
        public var heartbeatInterval_s = 2
        /// Of the table `[fleet]`, by key.
        public var fleet: [String: Int] = [:]
        public var nodeCapacity = 100_000
        /// Further tables, as they stand in the file; `DIRECTORY` stands for the lab's.
        public var more = ""

        public init() {}
    }

    public static let webhookSecret = "whsec_lab_6f1c0b7d5a3e4982b0c4"
    private let lab: Lab
    private let dataDirectory: String
    private var daemon: Daemon?

    private var configurationPath: String { "\(lab.directory)/coordinator.toml" }
    public var linkAddress: String { "\(LabAddresses.coordinatorAddress):7443" }

    public init(lab: Lab, settings: Settings = Settings()) throws {
        self.lab = lab
        dataDirectory = "\(lab.directory)/coordinator"
        let address = LabAddresses.coordinatorAddress
        var configuration = CoordinatorConfiguration(
            dataDirectory: dataDirectory,
            api: "\(address):8080",
            ops: "\(address):9090",
            link: "\(address):7443",
            provisionWait_s: settings.provisionWait_s,
            heartbeatInterval_s: settings.heartbeatInterval_s
        )
        configuration.fleet = settings.fleet
        configuration.nodeCapacity = settings.nodeCapacity
        configuration.more = settings.more.replacingOccurrences(of: "DIRECTORY", with: lab.directory)
        try configuration.write(to: configurationPath, webhookSecret: Self.webhookSecret)
    }

    public var api: APIClient { APIClient(host: LabAddresses.coordinatorAddress, port: 8080) }

    /// Starts it, and waits until it says that it is ready.
    @discardableResult
    public func start() throws -> Duration {
        let process = try lab.start(
            "coordinator",
            on: lab.coordinatorHost,
            [Binaries.coordinator, "serve", "--config", configurationPath]
        )
        daemon = process
        return try waitUntilReady(process, host: LabAddresses.coordinatorAddress, port: 9090)
    }

    /// `kill -9` of the coordinator, not of its database.
    public func kill() {
        daemon?.kill()
    }

    public func terminate() throws {
        try daemon?.terminate()
    }

    public func process() throws -> Daemon {
        try unwrap(daemon, "the coordinator was not started")
    }

    /// What `sql` answers: a line a row, with `|` between columns. The socket's directory lets root in.
    public func query(_ sql: String) throws -> String {
        try lab.coordinatorHost.run(
            "psql",
            "--host=\(dataDirectory)/run",
            "--username=holdfast",
            "--dbname=holdfast",
            "--no-psqlrc",
            "--no-align",
            "--tuples-only",
            "--command=\(sql)"
        )
    }

    /// Everything that the database holds, as SQL.
    public func dump() throws -> String {
        try lab.coordinatorHost.run("pg_dump", "--host=\(dataDirectory)/run", "--username=holdfast", "holdfast")
    }

    public func metrics() throws -> String {
        try HTTPConnection(host: LabAddresses.coordinatorAddress, port: 9090).send("GET", "/metrics").expect(200).text
    }

    /// `kill -9` of the database's server and, with it, of every connection: the coordinator starts it again.
    public func killDatabase() throws {
        let lines = try String(contentsOfFile: "\(dataDirectory)/cluster/postmaster.pid", encoding: .utf8)
        let pid = try unwrap(lines.split(separator: "\n").first.flatMap { Int32($0) }, "no pid in: \(lines)")
        // Its children notice and end; their number is not ours to know.
        try require(Glibc.kill(pid, SIGKILL) == 0, "the server \(pid) is not there to be killed")
    }

    /// What an operator types on the coordinator's own machine.
    @discardableResult
    public func command(_ arguments: String...) throws -> String {
        try lab.coordinatorHost.run([Binaries.coordinator] + arguments + ["--config", configurationPath])
    }

    /// Somebody who runs the fleet from a machine of the internet, with a profile of his own.
    public func makeOperator(_ name: String) throws -> Operator {
        let profile = "\(lab.directory)/\(name).toml"
        let address = "\(LabAddresses.coordinatorAddress):7444"
        try command("operator", "add", name, "--role", "operator", "--address", address, "--out", profile)
        return Operator(profile: profile)
    }

    public func joinToken(region: String) throws -> String {
        try lab.coordinatorHost.run(
            Binaries.coordinator,
            "join-token",
            "create",
            "--region",
            region,
            "--config",
            configurationPath
        )
    }
}

/// Polls `/readyz`.
public func waitUntilReady(_ process: Daemon, host: String, port: UInt16) throws -> Duration {
    try wait(for: "the coordinator to be ready", within: .seconds(90), pause: .milliseconds(20)) {
        try require(process.isRunning, "the coordinator ended with status \(process.exitStatus ?? 0)")
        guard let connection = try? HTTPConnection(host: host, port: port) else { return false }
        return (try? connection.send("GET", "/readyz"))?.status == 200
    }
}

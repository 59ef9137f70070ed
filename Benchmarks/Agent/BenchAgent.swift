import Cryptography
import Foundation
import LabSupport
import LinkTestPeer
import Model

/// The real agent in the lab's own namespace, its files on tmpfs.
final class BenchAgent {
    static let interface = "holdfast0"
    static let listenPort = 51_820

    /// What `status --json` says of the comparisons.
    struct Figures: Decodable {
        private struct Device: Decodable {
            let reconciliations: Int
            let lastReconciliation_us: Int64

            private enum CodingKeys: String, CodingKey {
                case reconciliations
                case lastReconciliation_us = "last_reconciliation_us"
            }
        }

        private let device: Device

        var reconciliations: Int { device.reconciliations }
        var lastReconciliation: Duration { .microseconds(device.lastReconciliation_us) }
    }

    /// Long enough not to happen while something else is measured.
    var reconcileInterval = Duration.seconds(3600)
    private let lab: Lab
    private let coordinator: BenchCoordinator
    private let readiness: ReadinessSocket
    private var daemon: Daemon?

    init(lab: Lab, coordinator: BenchCoordinator) {
        self.lab = lab
        self.coordinator = coordinator
        readiness = ReadinessSocket(path: lab.directory + "/notify")
    }

    private var state: String { lab.directory + "/agent" }
    private var socket: String { lab.directory + "/agent.sock" }

    func enrol() throws {
        let arguments = [
            Binaries.agent, "enroll", "--coordinator", "127.0.0.1:\(coordinator.server.port)", "--name", "bench",
            "--interface", Self.interface, "--listen-port", "\(Self.listenPort)", "--state-dir", state,
        ]
        let command = try Daemon(
            "enrol",
            arguments,
            logPath: lab.directory + "/enrol.log",
            environment: ["HOLDFAST_JOIN_TOKEN": coordinator.token.text.reveal()]
        )
        try coordinator.serve("the enrolment", within: .seconds(30)) { !command.isRunning }
        try require(command.exitStatus == 0, "holdfast-agent enroll: \(command.log())")
    }

    /// - Returns: the time from the start of the process until it said that the tunnels are up.
    @discardableResult
    func start() throws -> Duration {
        let clock = ContinuousClock()
        readiness.drain()
        let start = clock.now
        let started = try Daemon(
            "agent",
            [Binaries.agent, "run", "--state-dir", state, "--status-socket", socket],
            logPath: lab.directory + "/agent.log",
            environment: [
                "NOTIFY_SOCKET": readiness.path,
                "HOLDFAST_EXIT_POLICY_FILE": ExitPolicy.file,
                "HOLDFAST_EXIT_STATE_DIRECTORY": lab.directory + "/exit",
                "HOLDFAST_DEVICE_RECONCILE_INTERVAL_MS": "\(Int(reconcileInterval.milliseconds))",
            ]
        )
        daemon = started
        try require(readiness.waitForReady(within: .seconds(600)), "the agent did not get ready\n\(started.log())")
        return clock.now - start
    }

    func stop() throws {
        try daemon?.terminate(within: .seconds(60))
        coordinator.disconnect()
    }

    func kill() throws {
        daemon?.kill()
        coordinator.disconnect()
    }

    func restart() throws {
        try stop()
        try start()
    }

    func removeInterface() throws {
        _ = try Host.own.attempt(["ip", "link", "delete", Self.interface])
    }

    func residentMemory_mb() throws -> Double {
        try unwrap(daemon, "the agent was not started").residentMemory_mb()
    }

    func processorTime() throws -> Duration {
        try unwrap(daemon, "the agent was not started").processorTime()
    }

    func status() throws -> AgentStatus { try AgentStatus(json: UnixSocket.read(socket)) }

    func figures() throws -> Figures {
        try JSONDecoder().decode(Figures.self, from: Data(UnixSocket.read(socket)))
    }
}

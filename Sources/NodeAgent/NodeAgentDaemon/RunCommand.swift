import ArgumentParser
import CGlibc
import CoordinatorLink
import DaemonRuntime
import Glibc
import Logging
import Model
import PeerTable
import WireGuardDevice

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Restore the tunnels from disk, then follow the coordinator.",
        discussion: "Stopping never removes a peer: the tunnels go on without the agent."
    )

    @OptionGroup var node: NodeOptions

    @Option(name: .long, help: "The socket of `holdfast-agent status`.")
    var statusSocket: String?

    @Option(name: .long, help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    @Flag(name: .long, help: .hidden)
    var simulatedDevice = false

    func run() throws {
        try Failure.exiting { () throws(Failure) in try serve() }
    }

    /// A restore makes and drops arrays of megabytes. Each would otherwise be mapped anew, page by page, and given back
    /// at once; `reconcile` gives back what is free when it is done.
    private func keepFreedMemory() {
        mallopt(M_MMAP_THRESHOLD, 32 << 20)
        mallopt(M_TRIM_THRESHOLD, 64 << 20)
    }

    private var overrides: [SettingOverride?] {
        [
            AgentSettings.statusSocket.overridden(by: statusSocket, flag: "--status-socket"),
            AgentSettings.logLevel.overridden(by: logLevel, flag: "--log-level"),
            AgentSettings.deviceKind.overridden(by: simulatedDevice ? "simulated" : nil, flag: "--simulated-device"),
        ]
    }

    private func serve() throws(Failure) {
        umask(0o077)
        let settings = try node.settings(overrides)
        keepFreedMemory()
        let environment = Environment.current()
        LogfmtHandler.bootstrap(
            level: Logger.Level(rawValue: settings[AgentSettings.logLevel]) ?? .info,
            environment: environment
        )
        let directory = StateDirectory(path: settings[AgentSettings.stateDirectory])
        guard directory.identity.exists else { throw directory.notEnrolled }
        try directory.requireOwner()
        try directory.lock()
        let record = try directory.nodeRecord()
        let configuration = try Failure.wrapping(Failure.init) { () throws(SettingsError) in
            try AgentConfiguration(settings, record)
        }
        let assembly = AgentAssembly(directory, record, configuration, ServiceNotifier(environment: environment)) {
            () throws(Failure) in
            var loader = try ExitPolicyLoader(try node.settings(overrides), record)
            loader.filter.patience = PacketFilter.agentPatience
            return loader
        }
        switch configuration.deviceKind {
        case .kernel:
            let device = try Failure.wrapping({ Failure($0, configuration) }) { () throws(DeviceError) in
                try KernelDevice(configuration.interface)
            }
            try assembly.run(device)
        case .simulated: try assembly.run(SimulatedDevice(SimulatedKernel()))
        }
    }
}

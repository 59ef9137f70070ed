import CoordinatorLink
import Cryptography
import DaemonRuntime
import HostTelemetry
import Logging
import Model
import PeerTable
import WireGuardDevice

/// Puts the agent together from its files.
struct AgentAssembly {
    private let directory: StateDirectory
    private let record: NodeRecord
    private let configuration: AgentConfiguration
    private let notifier: ServiceNotifier

    init(
        _ directory: StateDirectory,
        _ record: NodeRecord,
        _ configuration: AgentConfiguration,
        _ notifier: ServiceNotifier
    ) {
        self.directory = directory
        self.record = record
        self.configuration = configuration
        self.notifier = notifier
    }

    func run<Device: TunnelDevice & ~Copyable>(_ device: consuming Device) throws(Failure) {
        let table = try Failure.wrapping(Failure.init) { () throws(TableError) in
            try PeerTable.open(directory.tablePath, copyIn: StateDirectory.memoryFolders)
        }
        let keys = try directory.wireguardKeyPair()
        guard let network = table.network else {
            throw Failure(.configuration, "\(directory.tablePath) lacks the tunnel network: enrol again with `--force`")
        }
        let logger = Logger(label: "agent")
        if table.copiedFrom != nil {
            logger.error("the disk cannot be written: the tunnels come from a copy of the table, which takes no change")
        }
        let now = Moment.now()
        let link = CoordinatorLink(
            identity: try directory.linkIdentity(),
            identityPath: directory.identity.path,
            nodeName: record.name,
            coordinators: configuration.coordinators,
            logger: logger,
            now: now
        )
        let keeper = TunnelKeeper(device, configuration, privateKey: keys.privateKey, network: network)
        let signals = try SignalDescriptor()
        let statusSocket = try configuration.statusSocket.map { (path) throws(Failure) in try StatusSocket(path) }
        let agent = Agent(
            record: record,
            configuration: configuration,
            publicKey: keys.publicKey,
            table: table,
            keeper: keeper,
            link: link,
            telemetry: HostTelemetry(stateDirectory: directory.path),
            signals: signals,
            statusSocket: statusSocket,
            notifier: notifier,
            logger: logger,
            startedAt: now
        )
        try agent.run()
    }
}

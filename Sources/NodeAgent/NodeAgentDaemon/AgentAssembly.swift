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
    private let exitPolicy: () throws(Failure) -> ExitPolicyLoader

    /// - Parameter exitPolicy: as settings and enrolment have it at the moment of the call.
    init(
        _ directory: StateDirectory,
        _ record: NodeRecord,
        _ configuration: AgentConfiguration,
        _ notifier: ServiceNotifier,
        exitPolicy: @escaping () throws(Failure) -> ExitPolicyLoader
    ) {
        self.directory = directory
        self.record = record
        self.configuration = configuration
        self.notifier = notifier
        self.exitPolicy = exitPolicy
    }

    func run<Device: TunnelDevice & ~Copyable>(_ device: consuming Device) throws(Failure) {
        let table = try Failure.wrapping(Failure.init) { () throws(TableError) in
            try PeerTable.open(directory.tablePath, copyIn: StateDirectory.memoryFolders)
        }
        let keys = try directory.wireguardKeyPair()
        let enrolled = enrolledKey(keys.publicKey)
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
        // Another key than the enrolled one never gets onto the interface: peers know the enrolled one.
        let privateKey = keys.publicKey == enrolled ? keys.privateKey : nil
        let keeper = TunnelKeeper(device, configuration, privateKey: privateKey, network: network)
        let signals = try SignalDescriptor()
        let statusSocket = try configuration.statusSocket.map { (path) throws(Failure) in try StatusSocket(path) }
        let agent = Agent(
            record: record,
            configuration: configuration,
            publicKey: enrolled,
            table: table,
            keeper: keeper,
            link: link,
            host: hostGuard(enrolled: enrolled, logger),
            telemetry: HostTelemetry(stateDirectory: directory.path),
            signals: signals,
            statusSocket: statusSocket,
            notifier: notifier,
            logger: logger,
            startedAt: now
        )
        try agent.run()
    }

    /// The WireGuard key that the coordinator knows. A record of an earlier version does not say it: then it is the one
    /// on the interface, and from here on the record says so.
    ///
    /// - Parameter own: the one on disk.
    private func enrolledKey(_ own: PublicKey) -> PublicKey {
        if let key = record.wireguardKey { return key }
        if configuration.deviceKind == .kernel, let view = try? InterfaceView.of(configuration.interface),
            let live = view.publicKey, live != own
        {
            return live
        }
        var record = record
        record.wireguardKey = own
        // On a disk that cannot be written, the next start does it.
        try? directory.write(Secret(Array(record.text.utf8)), to: directory.record)
        return own
    }

    private func hostGuard(enrolled: PublicKey, _ logger: Logger) -> HostGuard {
        let keys = KeyWatch(directory, enrolled: enrolled)
        var policy: ExitPolicyGuard?
        var routes: HostRoutes?
        if configuration.deviceKind == .kernel {
            do {
                routes = try HostRoutes()
                if configuration.exitGuard != .off {
                    policy = try ExitPolicyGuard(configuration, loader: exitPolicy)
                }
            } catch {
                logger.error("the host cannot be watched", metadata: ["reason": "\(error)"])
            }
        }
        return HostGuard(configuration, stateDirectory: directory.path, keys: keys, policy: policy, routes: routes)
    }
}

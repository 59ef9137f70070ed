import CoordinatorLink
import LinkProtocol
import Model
import PeerTable
import Reconciliation
import WireGuardDevice

/// Makes the kernel hold what the table says, and keeps account of what that took.
final class TunnelKeeper<Device: TunnelDevice & ~Copyable> {
    private var device: Device
    private let name: InterfaceName
    /// Nil: the interface keeps the key that it has.
    private let privateKey: Secret<[UInt8]>?
    private let listenPort: UInt16
    /// What the interface is told; setting it calls for a reconcile.
    var network: TunnelNetwork
    private(set) var counters = TunnelCounters()
    /// Peers of the table that the kernel does not take, with its reasons.
    private(set) var refused: [PublicKey: String] = [:]
    /// When the peers that linger last shook hands, as of the last comparison.
    private(set) var lingeringHandshakes: [PublicKey: Timestamp] = [:]
    private(set) var peersInKernel = 0
    /// False until the kernel once held what the table says, and again after a change that did not go through.
    private(set) var isInStep = false
    private var wasRestored = false
    private var untoldRepairs: [InterfaceRepair] = []

    init(
        _ device: consuming Device,
        _ configuration: AgentConfiguration,
        privateKey: Secret<[UInt8]>?,
        network: TunnelNetwork
    ) {
        self.device = device
        name = configuration.interface
        listenPort = configuration.listenPort
        self.privateKey = privateKey
        self.network = network
    }

    var eventDescriptor: Int32? { device.eventDescriptor }

    /// What the interface lacks, which keeps no peer from working.
    var trouble: DeviceError? { device.trouble }

    /// The kernel does not let the interface have IPv6.
    var lacksIPv6: Bool { device.lacksIPv6 }
    var interfaceIndex: UInt32? { device.interfaceIndex }

    /// What happened to the interface since the last call.
    func events() -> [LinkEvent] { device.drainEvents() }

    func statistics(now: Timestamp) throws(DeviceError) -> DeviceStatistics { try device.statistics(now: now) }

    /// Makes the interface what it should be, without looking at its peers.
    ///
    /// - Returns: whether the interface is new, and so without peers.
    @discardableResult
    func tend() throws(DeviceError) -> Bool {
        guard
            let configuration = DeviceConfiguration(
                name: name,
                privateKey: privateKey,
                listenPort: listenPort,
                network: network
            )
        else { preconditionFailure("a WireGuard key has 32 bytes") }
        do throws(DeviceError) {
            let isNew = try device.prepare(configuration)
            if isNew {
                loseSight()
                if wasRestored { counters.interfacesRecreated += 1 }
            } else if wasRestored {
                untoldRepairs += device.repairs
            }
            return isNew
        } catch {
            switch error {
            // Gone with its peers.
            case .wireGuardUnavailable, .interfaceMissing, .notWireGuard: loseSight()
            case .notPermitted, .portInUse, .address, .netlink: break
            }
            throw error
        }
    }

    /// What another hand had changed about the interface, and was put right since the last call.
    func takeRepairs() -> [InterfaceRepair] {
        defer { untoldRepairs = [] }
        return untoldRepairs
    }

    private func loseSight() {
        peersInKernel = 0
        isInStep = false
    }

    /// Compares everything and sends the difference.
    ///
    /// - Parameter mayRemove: false while the table has no history: it then says nothing of who else should be there.
    /// - Returns: the drift that was repaired; none where a difference was to be expected.
    @discardableResult
    func reconcile(
        _ desired: [PeerEntry],
        lingering: Set<PublicKey> = [],
        mayRemove: Bool
    ) throws(DeviceError) -> Int {
        let expected = !isInStep
        try tend()
        let reading = try device.readPeers(handshakesOf: lingering)
        lingeringHandshakes = reading.handshakes
        var actual = reading.peers
        let present = Set(actual.map(\.entry.publicKey))
        if !mayRemove {
            let wanted = Set(desired.map(\.publicKey))
            actual.removeAll { !wanted.contains($0.entry.publicKey) }
        }
        let plan = Plan.reconciling(desired: desired, actual: actual)
        let report = try apply(plan)
        refused = Dictionary(report.refusals.map { ($0.publicKey, $0.reason.sentence) }) { _, last in last }
        for conflict in plan.conflicts {
            refused[conflict.denied] = "its address \(conflict.address) belongs to another peer"
        }
        let absent = report.refusals.count { !present.contains($0.publicKey) }
        peersInKernel = present.count - plan.drift.surplus + plan.drift.missing - absent
        isInStep = true
        wasRestored = true
        guard !expected else { return 0 }
        // A refused peer is missing each time; that is a refusal, and no drift.
        let repaired = max(0, plan.drift.total - report.refusals.count)
        counters.driftRepaired += UInt64(repaired)
        return repaired
    }

    /// Programs what a commit changed, without reading the rest. After an error everything is to be reconciled.
    func program(_ change: TableChange) throws(DeviceError) -> [RefusedPeer] {
        guard !change.isEmpty else { return [] }
        let plan = Plan.delta(upserts: change.upserts, removals: change.removals) { change.previous[$0] }
        isInStep = false
        let report = try apply(plan)
        isInStep = true
        let refusals = Set(report.refusals.map(\.publicKey))
        let leaving = change.removals.filter { isInKernel($0, before: change) }
        peersInKernel -= leaving.count
        peersInKernel += change.upserts.count { entry in
            !refusals.contains(entry.publicKey)
                && (!isInKernel(entry.publicKey, before: change) || leaving.contains(entry.publicKey))
        }
        for key in change.removals { refused[key] = nil }
        for entry in change.upserts { refused[entry.publicKey] = nil }
        for refusal in report.refusals { refused[refusal.publicKey] = refusal.reason.sentence }
        return report.refusals.map { RefusedPeer(publicKey: $0.publicKey, reason: $0.reason.sentence) }
    }

    /// A refused peer is in the table and not in the kernel.
    private func isInKernel(_ key: PublicKey, before change: TableChange) -> Bool {
        change.previous[key] != nil && refused[key] == nil
    }

    private func apply(_ plan: Plan) throws(DeviceError) -> ApplyReport {
        do throws(DeviceError) {
            let report = try device.apply(plan)
            counters.messagesSent += UInt64(report.messagesSent)
            counters.peersSet += UInt64(report.peersSet)
            counters.peersRemoved += UInt64(report.peersRemoved)
            return report
        } catch {
            isInStep = false
            throw error
        }
    }
}

/// What the keeper did since the agent started.
struct TunnelCounters: Hashable {
    /// Steps sent that set a peer, and that removed one: zero after a restart that found everything in place.
    var peersSet: UInt64 = 0
    var peersRemoved: UInt64 = 0
    var messagesSent: UInt64 = 0
    var driftRepaired: UInt64 = 0
    var interfacesRecreated: UInt64 = 0
}

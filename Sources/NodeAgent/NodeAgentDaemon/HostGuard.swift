import Assessment
import CoordinatorLink
import DaemonRuntime
import Glibc
import Model
import WireGuardDevice

/// Watches what a node's work depends on around the tunnel: exit policy, forwarding, routes, disk, keys. It puts right
/// what is the agent's own. For one thread.
final class HostGuard {
    /// What is looked at although nothing was announced: announcements get lost, and some things have none.
    static let interval = Duration.seconds(1)
    /// Routing tables, of which some hosts have a million routes, are read so often, and take a share of the time at most.
    private static let routeInterval = Duration.seconds(30)
    private static let routeShare = 300

    /// What the tunnel is at the moment.
    struct Tunnel: Hashable {
        /// Nil where there is none.
        let index: UInt32?
        /// Its own, each with its pool's length.
        let addresses: [IPPrefix]

        var offersIPv6: Bool { addresses.contains { if case .v6 = $0.address { true } else { false } } }
    }

    struct Repair: Hashable {
        let part: KeptPart
        let what: String
        let author: String?
    }

    enum Event: Hashable {
        case repaired(Repair)
        /// Somebody else loaded the exit policy.
        case policyLoaded
        case failed(KeptPart, String)
    }

    private let interface: String
    private let mode: AgentConfiguration.ExitGuard
    private let stateDirectory: String
    private let policy: ExitPolicyGuard?
    private let routes: HostRoutes?
    private var keys: KeyWatch
    private var disk: DiskFloor
    private var routesDue = Duration.zero
    private var routeView: HostRouteView?
    private var switchesOff: [String] = []
    private var isIPv6Off = false
    private(set) var connections: ConnectionTracking.Usage?

    /// - Parameters:
    ///   - policy: nil where another program guards the tunnel, or there is none.
    ///   - routes: nil for a simulated tunnel, around which there is no host.
    init(
        _ configuration: AgentConfiguration,
        stateDirectory: String,
        keys: KeyWatch,
        policy: ExitPolicyGuard?,
        routes: HostRoutes?
    ) {
        interface = configuration.interface.description
        mode = configuration.exitGuard
        self.stateDirectory = stateDirectory
        self.policy = policy
        self.routes = routes
        self.keys = keys
        disk = DiskFloor(floor_bytes: configuration.diskFloor_bytes)
    }

    /// Readable when the packet filter has changed.
    var descriptor: Int32? { policy?.descriptor }

    /// Whether the packet filter has announced a change since the last call.
    func hasEvents() -> Bool { policy?.hasEvents() ?? false }

    /// - Parameters:
    ///   - routesChanged: some that concern the tunnel, or its addresses.
    ///   - history: says whether it is too soon for a repair.
    func look(at now: Duration, _ tunnel: Tunnel, routesChanged: Bool, _ history: RepairHistory) -> [Event] {
        keys.look()
        if let free_bytes = StateDisk.free_bytes(stateDirectory) { disk.note(free_bytes: free_bytes) }
        guard routes != nil else { return [] }
        connections = ConnectionTracking().usage()
        var events = lookAtPolicy(at: now, history)
        events += lookAtForwarding(at: now, tunnel, history)
        if routesChanged || now >= routesDue { events += lookAtRoutes(at: now, tunnel, history) }
        return events
    }

    private func lookAtPolicy(at now: Duration, _ history: RepairHistory) -> [Event] {
        guard let policy else { return [] }
        switch policy.look(at: now, mayRepair: history.mayRepair(.exitPolicy, at: now)) {
        case .nothing: return []
        case .loadedElsewhere: return [.policyLoaded]
        case .repaired(let author):
            return [.repaired(Repair(part: .exitPolicy, what: "gone or altered", author: author))]
        case .failed(let reason): return [.failed(.exitPolicy, reason)]
        }
    }

    private func lookAtForwarding(at now: Duration, _ tunnel: Tunnel, _ history: RepairHistory) -> [Event] {
        guard mode != .off else { return [] }
        let forwarding = Forwarding()
        do throws(Failure) {
            isIPv6Off = try forwarding.isIPv6Off(tunnel: interface)
            switchesOff = try forwarding.switchesOff(tunnel: interface, needsIPv6: tunnel.offersIPv6 && !isIPv6Off)
            // Never without a policy: what is not forwarded needs none.
            guard !switchesOff.isEmpty, mode == .repair, isPolicyLoaded, history.mayRepair(.forwarding, at: now) else {
                return []
            }
            let off = switchesOff
            try forwarding.enable(besides: interface)
            try forwarding.enableTunnel(interface)
            switchesOff = try forwarding.switchesOff(tunnel: interface, needsIPv6: tunnel.offersIPv6 && !isIPv6Off)
            let mended = off.filter { !switchesOff.contains($0) }
            guard !mended.isEmpty else { return [] }
            let what = "off: " + mended.joined(separator: ", ")
            return [.repaired(Repair(part: .forwarding, what: what, author: nil))]
        } catch {
            return [.failed(.forwarding, error.message)]
        }
    }

    private var isPolicyLoaded: Bool {
        switch policy?.state {
        case .inForce, .altered: true
        case .missing, .unreadable, .notWatched, nil: false
        }
    }

    private func lookAtRoutes(at now: Duration, _ tunnel: Tunnel, _ history: RepairHistory) -> [Event] {
        guard let routes else { return [] }
        do throws(DeviceError) {
            var view = HostRouteView(try routes.list(), tunnel: tunnel.index, addresses: tunnel.addresses)
            let missing = view.missing.filter { canHave($0) }
            var events: [Event] = []
            if let index = tunnel.index, !missing.isEmpty, history.mayRepair(.routes, at: now) {
                for address in tunnel.addresses where missing.contains(address.masked) {
                    try routes.restore(address, index: index)
                }
                view = HostRouteView(try routes.list(), tunnel: tunnel.index, addresses: tunnel.addresses)
                let what = "without " + missing.map(\.description).joined(separator: ", ")
                events.append(.repaired(Repair(part: .routes, what: what, author: nil)))
            }
            routeView = view
            let took = MonotonicClock.now() - now
            let isDone = view.missing.allSatisfy { !canHave($0) }
            routesDue = now + (isDone ? max(Self.routeInterval, took * Self.routeShare) : Self.interval)
            return events
        } catch {
            routesDue = now + Self.routeInterval
            return [.failed(.routes, error.sentence(interface: InterfaceName(interface)!))]
        }
    }

    /// Whether the interface can have this network: one of IPv6 only where there is IPv6.
    private func canHave(_ network: IPPrefix) -> Bool {
        if case .v6 = network.address { !isIPv6Off } else { true }
    }

    /// Fills in what the guard has found.
    ///
    /// - Parameter lacksIPv6: the interface could not be given its address.
    func describe(_ observation: inout Observation, _ tunnel: Tunnel, lacksIPv6: Bool) {
        observation.identityFlaw = keys.flaw
        observation.isDiskShort = disk.isShort
        guard routes != nil else { return }
        observation.exitPolicy = policy?.state ?? .notWatched
        observation.closedChains = policy?.closedChains ?? []
        observation.switchesOff = switchesOff
        observation.routesMissing = (routeView?.missing ?? []).filter { canHave($0) }
        observation.collisions = routeView?.collisions ?? []
        let hasIPv6 = !isIPv6Off && !lacksIPv6 && routeView?.hasIPv6Internet ?? true
        observation.ipv6 = !tunnel.offersIPv6 ? .notOffered : hasIPv6 ? .available : .unavailable
    }
}

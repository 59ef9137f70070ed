import DaemonRuntime
import FleetPlanning
import Model
import Placement
import Store

/// Provisions a peer, and waits a moment for its node's word.
public struct Provisioner: Sendable {
    let store: Store
    let changeFeed: ChangeFeed
    let fleet: FleetCache
    let queue: ProvisioningQueue
    /// How long a request waits for the node before it is answered with 202.
    let wait: Duration

    public init(store: Store, changeFeed: ChangeFeed, fleet: FleetCache, terms: ProvisioningTerms, wait: Duration) {
        self.store = store
        self.changeFeed = changeFeed
        self.fleet = fleet
        self.wait = wait
        queue = ProvisioningQueue(store: store, terms: terms) { SystemClock.now() }
    }

    /// A node that placement chose may fill up before the commit; a fresh look at the fleet finds another.
    private static let attempts = 4

    func provision(_ request: ProvisioningRequest) async throws -> ProvisioningOutcome {
        for attempt in 1...Self.attempts {
            switch try await queue.provision(request, in: fleet.view(fresh: attempt > 1)) {
            case .success(let provisioned):
                if !provisioned.isReplay, let node = provisioned.peer.placement?.nodeID {
                    await fleet.placed(on: node)
                    changeFeed.nodeChanged(node)
                }
                return try await settled(provisioned, of: request.subscription)
            case .failure(.answeredBefore(let answer)):
                return .answeredBefore(answer)
            case .failure(.nodeFull):
                continue
            // The view may be half a second old: a region that has just got its first node must not look unknown.
            case .failure(let refusal) where refusal.dependsOnView && attempt == 1:
                continue
            case .failure(let refusal):
                throw Problem(refusal)
            }
        }
        throw Problem(.nodeFull)
    }

    /// Waits until the node has acknowledged the peer, or the wait is over; then says how it stands. A node that refuses a
    /// peer is at fault, not the peer: another node of the region gets it. Where there is none, it is taken back, so that
    /// it counts for no limit, and the app is told.
    private func settled(_ provisioned: Provisioned, of subscription: SubscriptionID) async throws
        -> ProvisioningOutcome
    {
        let deadline = ContinuousClock.now + wait
        var peer = provisioned.peer
        var refusing: Set<NodeID> = []
        while true {
            if peer.state == .refused, let node = peer.placement?.nodeID {
                refusing.insert(node)
                guard refusing.count < Self.attempts, try await placeElsewhere(peer, avoiding: refusing) else {
                    return try await refused(peer, of: subscription)
                }
                guard let placed = try await store.peer(peer.id, of: subscription) else { return .provisioned(peer) }
                peer = placed
            }
            guard peer.state == .installing, let placement = peer.placement else { break }
            let word = await changeFeed.waitForAcknowledgement(
                of: placement.nodeID,
                atLeast: placement.revision,
                until: deadline
            )
            if word == .silence { break }
            if word == .allTaken {
                peer = peer.activated
                break
            }
            guard let latest = try await store.peer(peer.id, of: subscription) else { break }
            peer = latest
            if peer.state != .refused { break }
        }
        return .provisioned(peer)
    }

    /// - Returns: whether another node is to install the peer now.
    private func placeElsewhere(_ peer: PeerRecord, avoiding nodes: Set<NodeID>) async throws -> Bool {
        guard let source = peer.placement?.nodeID else { return false }
        let view = try await fleet.view(fresh: true)
        let others = FleetView(nodes: view.nodes.filter { !nodes.contains($0.id) })
        guard case .success(let target) = place(PlacementRequest(region: peer.region), in: others) else { return false }
        let placed = try await store.placeElsewhere(
            [PlannedMove(peer: peer.id, source: source, target: target)],
            reason: "the node refused the peer",
            lease: nil,
            now: SystemClock.now()
        )
        guard !placed.isEmpty else { return false }
        await fleet.placed(on: target)
        for node in [source, target] { changeFeed.nodeChanged(node) }
        return true
    }

    private func refused(_ peer: PeerRecord, of subscription: SubscriptionID) async throws -> ProvisioningOutcome {
        let nodes = try await store.removePeer(peer.id, of: subscription, now: SystemClock.now()) ?? []
        for node in nodes { changeFeed.nodeChanged(node) }
        return .refusedByNode
    }
}

/// What became of a request for a peer that was not refused before anything was written.
enum ProvisioningOutcome {
    case provisioned(PeerRecord)
    /// Nothing was kept.
    case refusedByNode
    /// It is a repetition.
    case answeredBefore(StoredAnswer)
}

extension ProvisioningRefusal {
    /// Whether a fresh view of the fleet may bring another answer.
    var dependsOnView: Bool {
        switch self {
        case .unknownRegion, .regionFull, .noHealthyNode: true
        default: false
        }
    }
}

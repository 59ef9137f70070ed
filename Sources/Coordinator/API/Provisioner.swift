import Database
import DaemonRuntime
import Model
import Placement
import Store

/// Chooses a node, provisions, and waits a moment for the node's word.
public struct Provisioner: Sendable {
    let store: Store
    let changeFeed: ChangeFeed
    let fleet: FleetCache
    let limits: [String: TierLimits]
    let pool: AddressPool
    let policy: PlacementPolicy
    /// How long a request waits for the node before it is answered with 202.
    let wait: Duration

    public init(
        store: Store,
        changeFeed: ChangeFeed,
        fleet: FleetCache,
        limits: [String: TierLimits],
        pool: AddressPool,
        policy: PlacementPolicy,
        wait: Duration
    ) {
        self.store = store
        self.changeFeed = changeFeed
        self.fleet = fleet
        self.limits = limits
        self.pool = pool
        self.policy = policy
        self.wait = wait
    }

    /// A node that placement chose may fill up before the commit; a fresh look at the fleet finds another.
    private static let attempts = 4

    func provision(_ request: ProvisioningRequest) async throws -> Provisioned {
        let used = try await store.nodesUsed(by: request.subscription)
        let placement = PlacementRequest(region: request.region, nodesInUse: used)
        for attempt in 1...Self.attempts {
            let node = try await choose(for: placement, fresh: attempt > 1)
            let outcome = try await store.provision(
                request,
                on: node,
                limits: limits,
                lastAddressIndex: pool.lastIndex,
                now: SystemClock.now()
            )
            switch outcome {
            case .success(let provisioned):
                if !provisioned.isReplay { changeFeed.nodeChanged(node) }
                return try await settled(provisioned, of: request.subscription)
            case .failure(.nodeFull):
                continue
            case .failure(let refusal):
                throw Problem(refusal)
            }
        }
        throw Problem(.nodeFull)
    }

    private func choose(for request: PlacementRequest, fresh: Bool) async throws -> NodeID {
        let view = try await fleet.view(fresh: fresh)
        switch place(request, in: view, policy: policy) {
        case .success(let node):
            return node
        case .failure(let failure):
            guard !fresh else { throw Problem(ProvisioningRefusal(failure)) }
            // The view may be half a second old: a region that has just got its first node must not look unknown.
            return try await choose(for: request, fresh: true)
        }
    }

    /// Waits until the node has acknowledged the peer, or the wait is over; then says how it stands. A peer that its node
    /// refused is of no use to the app: it is taken back, so that it counts for no limit, and the app is told.
    private func settled(_ provisioned: Provisioned, of subscription: SubscriptionID) async throws -> Provisioned {
        guard provisioned.peer.state == .installing, let placement = provisioned.peer.placement else {
            return provisioned
        }
        let acknowledged = await changeFeed.waitForAcknowledgement(
            of: placement.nodeID,
            atLeast: placement.revision,
            until: .now + wait
        )
        guard acknowledged, let peer = try await store.peer(provisioned.peer.id, of: subscription) else {
            return provisioned
        }
        guard peer.state != .refused else {
            try await takeBack(peer, of: subscription)
            throw Problem.peerRefused
        }
        return Provisioned(peer: peer, isReplay: provisioned.isReplay)
    }

    private func takeBack(_ peer: PeerRecord, of subscription: SubscriptionID) async throws {
        let nodes = try await store.removePeer(peer.id, of: subscription, now: SystemClock.now()) ?? []
        for node in nodes { changeFeed.nodeChanged(node) }
    }
}

extension ProvisioningRefusal {
    init(_ failure: PlacementFailure) {
        switch failure {
        case .unknownRegion: self = .unknownRegion
        case .regionFull: self = .regionFull
        case .noHealthyNode: self = .noHealthyNode
        }
    }
}

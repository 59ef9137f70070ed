import DaemonRuntime
import Model
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

    /// Waits until the node has acknowledged the peer, or the wait is over; then says how it stands. A peer that its node
    /// refused is of no use to the app: it is taken back, so that it counts for no limit, and the app is told.
    private func settled(
        _ provisioned: Provisioned,
        of subscription: SubscriptionID
    ) async throws -> ProvisioningOutcome {
        guard provisioned.peer.state != .refused else { return try await refused(provisioned.peer, of: subscription) }
        guard provisioned.peer.state == .installing, let placement = provisioned.peer.placement else {
            return .provisioned(provisioned.peer)
        }
        let word = await changeFeed.waitForAcknowledgement(
            of: placement.nodeID,
            atLeast: placement.revision,
            until: .now + wait
        )
        switch word {
        case .silence: return .provisioned(provisioned.peer)
        case .allTaken: return .provisioned(provisioned.peer.activated)
        case .acknowledged: break
        }
        guard let peer = try await store.peer(provisioned.peer.id, of: subscription) else {
            return .provisioned(provisioned.peer)
        }
        guard peer.state != .refused else { return try await refused(peer, of: subscription) }
        return .provisioned(peer)
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

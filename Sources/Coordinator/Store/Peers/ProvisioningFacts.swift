import Database
import Model
import Placement

/// What the database knows about a batch of requests, read under the locks of their subscriptions; each answer given
/// is added, so that the next request of the batch is judged as if it had come later.
struct ProvisioningFacts {
    struct Subscription {
        /// Nil without access: the state, or the time that was paid for.
        let tier: String?
        /// Peers that add-ons add to the tier's limit.
        let extraPeers: Int
        var peerCount: Int
        /// The node of each of its peers.
        var nodesInUse: [NodeID]
    }

    struct Earlier {
        let requestHash: [UInt8]
        let peerID: PeerID?
        /// Nil until the request was answered.
        let answer: StoredAnswer?
    }

    var subscriptions: [SubscriptionID: Subscription] = [:]
    var keysInUse: Set<PublicKey> = []
    /// Nodes' own keys among those that are asked for.
    var serverKeys: Set<PublicKey> = []
    var idempotencyKeys: [IdempotencyPlace: Earlier] = [:]
    var fleet: FleetView
    let terms: ProvisioningTerms

    /// An `Idempotency-Key` is one subscription's own.
    struct IdempotencyPlace: Hashable {
        let subscription: SubscriptionID
        let key: String
    }

    /// Where the peer may go, or why nowhere. Reads nothing but the facts.
    ///
    /// Whether its key is in use is not asked here, but when it has its place: whoever may not have a peer, or not
    /// there, learns nothing about keys.
    func decide(_ request: ProvisioningRequest) -> Result<NodeID, ProvisioningRefusal> {
        guard let subscription = subscriptions[request.subscription], let tier = subscription.tier else {
            return .failure(.subscriptionInactive)
        }
        guard let limits = terms.limits[tier] else { return .failure(.unknownTier(tier)) }
        let limit = limits.peers + subscription.extraPeers
        guard subscription.peerCount < limit else { return .failure(.peerLimitReached(limit: limit)) }
        guard limits.regions.isEmpty || limits.regions.contains(request.region) else {
            return .failure(.regionNotInTier)
        }
        guard !serverKeys.contains(request.publicKey) else { return .failure(.serverKey) }
        let wanted = PlacementRequest(region: request.region, nodesInUse: subscription.nodesInUse)
        return place(wanted, in: fleet, policy: terms.policy).mapError(ProvisioningRefusal.init)
    }

    /// The request has got its place.
    mutating func note(_ request: ProvisioningRequest, on node: NodeID) {
        keysInUse.insert(request.publicKey)
        subscriptions[request.subscription]?.peerCount += 1
        subscriptions[request.subscription]?.nodesInUse.append(node)
        fleet.addPeer(to: node)
    }
}

extension ProvisioningRequest {
    var idempotencyPlace: ProvisioningFacts.IdempotencyPlace? {
        idempotency.map { .init(subscription: subscription, key: $0.key) }
    }
}

extension ProvisioningRefusal {
    public init(_ failure: PlacementFailure) {
        switch failure {
        case .unknownRegion: self = .unknownRegion
        case .regionFull: self = .regionFull
        case .noHealthyNode: self = .noHealthyNode
        }
    }
}

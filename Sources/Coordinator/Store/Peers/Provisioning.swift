import Database
import Model

/// What an app asks for when it adds a peer.
public struct ProvisioningRequest: Hashable, Sendable {
    public let subscription: SubscriptionID
    public let publicKey: PublicKey
    public let region: RegionName
    /// The `Idempotency-Key`, with a hash of the request that it stands for.
    public let idempotency: Idempotency?

    public typealias Idempotency = IdempotencyKey

    public init(
        subscription: SubscriptionID,
        publicKey: PublicKey,
        region: RegionName,
        idempotency: Idempotency?
    ) {
        self.subscription = subscription
        self.publicKey = publicKey
        self.region = region
        self.idempotency = idempotency
    }
}

/// Why a peer was not provisioned. Nothing was written.
public enum ProvisioningRefusal: Error, Hashable, Sendable {
    case subscriptionInactive
    case peerLimitReached(limit: Int)
    case keyInUse
    /// The key is a node's own: no node could take such a peer.
    case serverKey
    case regionNotInTier
    case unknownRegion
    case regionFull
    /// The node that placement chose filled up, was cordoned or retired meanwhile.
    case nodeFull
    case noHealthyNode
    case addressPoolExhausted
    /// The same `Idempotency-Key` came with another request.
    case idempotencyKeyReused
    /// The request is a repetition, and this was its answer.
    case answeredBefore(StoredAnswer)
    /// The request is a repetition: it was carried out, its answer was lost, and its peer has been removed since.
    case peerIsGone
    /// The subscription's tier is not configured.
    case unknownTier(String)
}

/// A peer that is durable, and whether this request made it or an earlier one with the same `Idempotency-Key`.
public struct Provisioned: Hashable, Sendable {
    public let peer: PeerRecord
    public let isReplay: Bool

    public init(peer: PeerRecord, isReplay: Bool) {
        self.peer = peer
        self.isReplay = isReplay
    }
}

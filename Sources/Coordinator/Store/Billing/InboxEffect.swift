import Billing

/// What an event does, once its provider has understood it.
public struct InboxEffect: Hashable, Sendable {
    /// The subscription as it was read before anything was asked of the store.
    public enum Seen: Hashable, Sendable {
        /// Nothing was asked: the event's own content is applied to whatever is there.
        case irrelevant
        case absent
        case version(Int64)
    }

    public let reference: StoreReference
    public let events: [SubscriptionEvent]
    /// SHA-256 of the secret of the order that the payment names.
    public let claimHash: [UInt8]?
    public let seen: Seen
    /// The subscription whose place this one takes, with all that its customer has.
    public let supersedes: StoreReference?
    /// The product that the store waits to hear of, before it refunds.
    public let awaitsAcknowledgement: String?

    public init(
        reference: StoreReference,
        events: [SubscriptionEvent],
        claimHash: [UInt8]? = nil,
        seen: Seen = .irrelevant,
        supersedes: StoreReference? = nil,
        awaitsAcknowledgement: String? = nil
    ) {
        self.reference = reference
        self.events = events
        self.claimHash = claimHash
        self.seen = seen
        self.supersedes = supersedes
        self.awaitsAcknowledgement = awaitsAcknowledgement
    }
}

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
    /// Where it is a test purchase among purchases of money: what it may use.
    public let testTerms: TestPurchaseTerms?

    public init(
        reference: StoreReference,
        events: [SubscriptionEvent],
        claimHash: [UInt8]? = nil,
        seen: Seen = .irrelevant,
        supersedes: StoreReference? = nil,
        awaitsAcknowledgement: String? = nil,
        testTerms: TestPurchaseTerms? = nil
    ) {
        self.reference = reference
        self.events = events
        self.claimHash = claimHash
        self.seen = seen
        self.supersedes = supersedes
        self.awaitsAcknowledgement = awaitsAcknowledgement
        self.testTerms = testTerms
    }
}

extension InboxEffect {
    /// Why its products name no tier, although they are paid for.
    var blockingProblem: ProductProblem? { events.lazy.compactMap(\.blockingProblem).first }

    var servesNothing: Bool { events.contains(where: \.servesNothing) }

    /// The same subscription and order, and nothing of what was said of it.
    func makingKnown() -> InboxEffect {
        let known = events.first.map { [SubscriptionEvent(at: $0.at, .known)] } ?? []
        return InboxEffect(reference: reference, events: known, claimHash: claimHash, seen: seen, testTerms: testTerms)
    }
}

import Model

/// Something that happened to a subscription, in words that all stores share.
public struct SubscriptionEvent: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The subscription came to be known, nothing more.
        case known
        /// The store's own state, asked for after the entitlement was read. `reinstates` when the store said that it
        /// took a refund or a dispute back.
        case fetched(StoreReport, reinstates: Bool)
        /// What a store said that sends invoices.
        case invoiced(InvoicingFact)
        /// A payment went back in full; the end of the period that it had paid for, when known.
        case refunded(through: Timestamp?)
        /// Another subscription took its place, for good.
        case superseded
        /// What the App Store has signed.
        case signed(AppStoreStatement)
    }

    /// When it happened, by the store's clock.
    public let at: Timestamp
    public let kind: Kind

    public init(at: Timestamp, _ kind: Kind) {
        self.at = at
        self.kind = kind
    }
}

import Model

/// What a subscription may use until when. It exists whether or not a token was ever claimed.
public struct Entitlement: Hashable, Sendable {
    public let provider: PaymentProvider
    public let environment: BillingEnvironment
    /// Nil until the store named a product.
    public var tier: TierName?
    public var state: EntitlementState
    public var accessUntil: Timestamp?
    /// The end of the last period that was paid; after a refund it stays, so that only a later payment counts anew.
    public var paidThrough: Timestamp?
    public var autoRenew: Bool
    /// The products by the provider's names, sorted; nil until they were named.
    public var products: [String]?
    /// Peers that add-ons add to the tier's limit.
    public var extraPeers = 0
    /// What is wrong with the products, for people.
    public var productProblem: String?
    /// The tier that was paid and has not begun.
    public var upcoming: TierChange?
    /// When the store made the report that was applied last.
    public var eventAt: Timestamp?
    /// What the App Store has signed of it; nil for other stores'.
    public var ledger: AppStoreLedger?
    /// What Stripe has said of it and of its invoices; nil for other stores'.
    public var invoicing: InvoicingLedger?

    public init(
        provider: PaymentProvider,
        environment: BillingEnvironment,
        tier: TierName? = nil,
        state: EntitlementState = .pending,
        accessUntil: Timestamp? = nil,
        paidThrough: Timestamp? = nil,
        autoRenew: Bool = true,
        eventAt: Timestamp? = nil,
        ledger: AppStoreLedger? = nil,
        invoicing: InvoicingLedger? = nil
    ) {
        self.provider = provider
        self.environment = environment
        self.tier = tier
        self.state = state
        self.accessUntil = accessUntil
        self.paidThrough = paidThrough
        self.autoRenew = autoRenew
        self.eventAt = eventAt
        self.ledger = ledger
        self.invoicing = invoicing
    }

    public func hasAccess(at now: Timestamp) -> Bool { state.givesAccess(until: accessUntil, at: now) }
}

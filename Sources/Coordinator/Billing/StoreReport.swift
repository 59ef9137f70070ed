import Model

/// What a store says of a subscription.
public struct StoreReport: Hashable, Sendable {
    public let status: StoreStatus
    /// Nil leaves the tier as it is.
    public let tier: TierName?
    /// What the products give, where the report names them.
    public let grant: ProductGrant?
    /// The current period. It says nothing about payment.
    public let periodStart: Timestamp?
    public let periodEnd: Timestamp?
    /// The end of the last period that was paid, when the report tells.
    public let paidThrough: Timestamp?
    public let autoRenew: Bool

    public init(
        status: StoreStatus,
        tier: TierName?,
        periodStart: Timestamp?,
        periodEnd: Timestamp?,
        paidThrough: Timestamp? = nil,
        autoRenew: Bool = true
    ) {
        self.status = status
        self.tier = tier
        grant = nil
        self.periodStart = periodStart
        self.periodEnd = periodEnd
        self.paidThrough = paidThrough
        self.autoRenew = autoRenew
    }

    /// A subscription whose products all give nothing here is on hold, whatever is paid for them.
    public init(
        status: StoreStatus,
        grant: ProductGrant,
        periodStart: Timestamp?,
        periodEnd: Timestamp?,
        paidThrough: Timestamp? = nil,
        autoRenew: Bool = true
    ) {
        self.status = grant.servesNothing && status.givesAccess ? .hold : status
        tier = grant.tier
        self.grant = grant
        self.periodStart = periodStart
        self.periodEnd = periodEnd
        self.paidThrough = paidThrough
        self.autoRenew = autoRenew
    }

    /// The same, with the tier that the products give and no word of the products.
    var withoutProducts: StoreReport {
        StoreReport(
            status: status,
            tier: tier,
            periodStart: periodStart,
            periodEnd: periodEnd,
            paidThrough: paidThrough,
            autoRenew: autoRenew
        )
    }

    /// Why nobody can say what was paid for; nil where the products name a tier, or nothing is paid.
    public var blockingProblem: ProductProblem? {
        guard let grant, grant.tier == nil, status.givesAccess || (grant.servesNothing && status == .hold) else {
            return nil
        }
        return grant.problems.first
    }
}

import Model

/// What a store says of a subscription.
public struct StoreReport: Hashable, Sendable {
    public let status: StoreStatus
    /// Nil leaves the tier as it is.
    public let tier: TierName?
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
        self.periodStart = periodStart
        self.periodEnd = periodEnd
        self.paidThrough = paidThrough
        self.autoRenew = autoRenew
    }
}

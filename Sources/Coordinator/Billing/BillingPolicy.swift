/// What an operator may decide about time that is not paid, or not known to be paid. Each is a setting.
public struct BillingPolicy: Hashable, Sendable {
    /// Access after the last paid moment while the store still tries to collect.
    public let grace: Duration
    /// Access after the last paid moment while the store has begun the next period, calls it active and has not asked
    /// for the money yet: Stripe begins it about an hour before it tries to collect, and waits up to 72 hours for an
    /// endpoint that does not answer.
    public let renewalAllowance: Duration
    /// Access after the last paid moment while the store calls the subscription active and the payment is under way: a
    /// SEPA debit takes 5 business days as a rule and 14 at worst.
    public let processingAllowance: Duration
    /// The most access after the last paid moment while an invoice that was mailed is not due yet.
    public let invoiceAllowance: Duration
    /// Access after a paid period that is to be renewed, while the store says nothing: Stripe begins the next period at
    /// that very moment, and its event comes some time later.
    public let renewalLateness: Duration

    public init(
        grace: Duration = .seconds(7 * 86_400),
        renewalAllowance: Duration = .seconds(3 * 86_400),
        processingAllowance: Duration = .seconds(14 * 86_400),
        invoiceAllowance: Duration = .seconds(60 * 86_400),
        renewalLateness: Duration = .seconds(3600)
    ) {
        self.grace = grace
        self.renewalAllowance = renewalAllowance
        self.processingAllowance = processingAllowance
        self.invoiceAllowance = invoiceAllowance
        self.renewalLateness = renewalLateness
    }
}

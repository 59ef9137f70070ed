/// What an operator may decide about unpaid time.
public struct BillingPolicy: Hashable, Sendable {
    /// Access after the last paid moment while the store still tries to collect.
    public let grace: Duration
    /// Access after the last paid moment while the store has begun the next period and calls it active: Stripe begins
    /// it about an hour before it tries to collect, and waits up to 72 hours for an endpoint that does not answer.
    public let renewalAllowance: Duration

    public init(grace: Duration = .seconds(7 * 86_400), renewalAllowance: Duration = .seconds(3 * 86_400)) {
        self.grace = grace
        self.renewalAllowance = renewalAllowance
    }
}

/// What one text that the App Store has signed, or several that came together, say of a subscription.
public struct AppStoreStatement: Hashable, Sendable {
    public let transaction: AppStoreLedger.Transaction?
    public let renewal: AppStoreLedger.Renewal?
    public let source: AppStoreLedger.Source
    /// Why the transaction has no tier.
    public let problem: ProductProblem?

    public init(
        transaction: AppStoreLedger.Transaction?,
        renewal: AppStoreLedger.Renewal? = nil,
        source: AppStoreLedger.Source,
        problem: ProductProblem? = nil
    ) {
        self.transaction = transaction
        self.renewal = renewal
        self.source = source
        self.problem = problem
    }
}

extension Entitlement {
    /// What the products give, by the report: where they name no tier, the one that is known goes on.
    mutating func takeProducts(of report: StoreReport) {
        tier = report.tier ?? tier
        guard let grant = report.grant else { return }
        products = grant.products
        productProblem = grant.problem
        guard grant.tier != nil else { return }
        extraPeers = grant.extraPeers
    }
}

extension SubscriptionEvent {
    private var report: StoreReport? {
        switch kind {
        case .fetched(let report, _): report
        case .invoiced(let fact): fact.statement?.report
        case .known, .refunded, .superseded, .signed: nil
        }
    }

    /// Why its products name no tier, although they are paid for.
    public var blockingProblem: ProductProblem? {
        guard case .signed(let statement) = kind else { return report?.blockingProblem }
        return statement.problem
    }

    /// Whether nothing that is served here was bought.
    public var servesNothing: Bool { report?.grant?.servesNothing ?? false }
}

extension TierCatalogue {
    /// What a subscription may do with a bucket; nil where neither its tier nor an add-on brings one.
    public func bucket(of entitlement: Entitlement) -> BucketTerms? {
        guard let tier = entitlement.tier else { return nil }
        let grant = entitlement.products.map { self.grant(of: $0, at: entitlement.provider) }
        guard let grant, grant.tier == tier else { return self[tier]?.bucket }
        return grant.bucket
    }
}

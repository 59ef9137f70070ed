import Model

extension Entitlement {
    /// The entitlement once a fact joined those that are known.
    func invoiced(_ fact: InvoicingFact, at: Timestamp, now: Timestamp, policy: BillingPolicy) -> Entitlement {
        if state == .superseded { return self }
        var ledger = invoicing ?? InvoicingLedger(resuming: self)
        ledger.take(fact)
        let standing = ledger.standing(at: now, policy: policy)
        var next = self
        next.invoicing = ledger
        // The ledger keeps the tier alone: the products are the newest statement's.
        if let stated = fact.statement, stated.withoutProducts == ledger.statement {
            next.takeProducts(of: stated.report)
        }
        next.tier = standing.tier ?? tier
        next.state = standing.state
        next.accessUntil = standing.accessUntil
        next.paidThrough = standing.paidThrough
        next.autoRenew = standing.autoRenew
        next.eventAt = Swift.max(at, eventAt ?? at)
        return next
    }
}

extension InvoicingLedger {
    /// What is left of an entitlement that was written before facts were kept.
    init(resuming entitlement: Entitlement) {
        self.init()
        guard let at = entitlement.eventAt else { return }
        if entitlement.state == .expired { endedAt = Swift.min(at, entitlement.accessUntil ?? at) }
        if entitlement.state == .revoked { returnedThrough = entitlement.paidThrough ?? at }
        if entitlement.state != .pending, let through = entitlement.paidThrough ?? returnedThrough {
            take(
                .paid(
                    InvoicePayment(
                        invoice: "",
                        madeAt: .distantPast,
                        paidAt: at,
                        times: [.init(price: nil, start: .distantPast, end: through)]
                    )
                )
            )
        }
        guard let status = entitlement.state.resumedStatus, entitlement.tier != nil else { return }
        let end = [entitlement.accessUntil, entitlement.paidThrough].compactMap(\.self).max()
        statements = [
            SubscriptionStatement(
                at: at,
                report: StoreReport(
                    status: status,
                    tier: entitlement.tier,
                    periodStart: status == .pastDue ? entitlement.paidThrough : nil,
                    periodEnd: status == .active ? end : nil,
                    autoRenew: entitlement.autoRenew
                )
            )
        ]
    }
}

extension EntitlementState {
    /// The store's word that led to it; nil where it says nothing.
    fileprivate var resumedStatus: StoreStatus? {
        switch self {
        case .pending, .superseded: nil
        case .active, .revoked: .active
        case .grace: .pastDue
        case .hold: .hold
        case .expired: .ended
        }
    }
}

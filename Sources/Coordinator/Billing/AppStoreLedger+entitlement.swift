import Model

extension AppStoreLedger {
    /// What the ledger comes to at a moment.
    ///
    /// - Returns: nil while no period is known.
    func standing(at now: Timestamp) -> (state: EntitlementState, tier: TierName?, accessUntil: Timestamp?)? {
        guard !periods.isEmpty else { return nil }
        guard let current else { return (isRevoked ? .revoked : .expired, nil, nil) }
        if now < current.expiresAt { return (.active, current.tier, current.expiresAt) }
        // What the store said before this period began was about an earlier one.
        let renewal = renewal.flatMap { $0.signedAt >= current.purchasedAt ? $0 : nil }
        if let grace = renewal?.graceUntil, now < grace { return (.grace, current.tier, grace) }
        if renewal?.isInBillingRetry == true { return (.hold, current.tier, current.expiresAt) }
        return (isRevoked ? .revoked : .expired, current.tier, current.expiresAt)
    }
}

extension Entitlement {
    /// The App Store's parts are ordered among themselves: the ledger alone says where that leaves the subscription.
    func signed(_ statement: AppStoreStatement, at: Timestamp, now: Timestamp) -> Entitlement {
        var ledger = ledger ?? AppStoreLedger()
        if let transaction = statement.transaction { ledger.take(transaction, from: statement.source) }
        if let renewal = statement.renewal { ledger.take(renewal) }
        var next = self
        next.ledger = ledger
        next.eventAt = Swift.max(at, eventAt ?? at)
        next.autoRenew = ledger.renewal?.autoRenews ?? autoRenew
        guard state != .superseded, let standing = ledger.standing(at: now) else { return next }
        next.state = standing.state
        next.tier = standing.tier ?? tier
        // What ended without a current period ends now, if it did not before.
        next.accessUntil = standing.accessUntil ?? accessUntil.map { Swift.min($0, now) } ?? now
        next.paidThrough = ledger.current?.expiresAt ?? paidThrough
        return next
    }
}

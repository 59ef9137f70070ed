import Model

extension AppStoreLedger {
    /// What the ledger comes to at a moment.
    struct Standing: Hashable, Sendable {
        let state: EntitlementState
        /// Nil where no period counts, or its product is not of any tier.
        var tier: TierName?
        var product: String?
        var accessUntil: Timestamp?
        /// The tier of a period that was paid and has not begun.
        var upcoming: TierChange?
    }

    /// - Parameter grace: access after the paid period where the store says that it gives grace, and not for how long.
    /// - Returns: nil while no period is known.
    func standing(at now: Timestamp, grace: Duration = BillingPolicy().grace) -> Standing? {
        guard !periods.isEmpty else { return nil }
        guard let current else { return Standing(state: isRevoked ? .revoked : .expired) }
        let graceEnd = graceEnd(of: current, grace: grace)
        let running = predecessor(of: current, at: now)
        var standing = Standing(
            state: state(of: current, graceEnd: graceEnd, at: now),
            tier: (running ?? current).tier,
            product: (running ?? current).product,
            accessUntil: current.expiresAt
        )
        // The store may promise grace before the period is over: access goes on to the later of the two.
        if standing.state == .active || standing.state == .grace {
            standing.accessUntil = Swift.max(current.expiresAt, graceEnd ?? current.expiresAt)
        }
        if let running, let next = current.tier, next != running.tier {
            standing.upcoming = TierChange(tier: next, at: running.expiresAt)
        }
        return standing
    }

    private func state(of current: Transaction, graceEnd: Timestamp?, at now: Timestamp) -> EntitlementState {
        if now < current.expiresAt { return .active }
        if let graceEnd, now < graceEnd { return .grace }
        if renewal(of: current)?.isInBillingRetry == true { return .hold }
        return isRevoked ? .revoked : .expired
    }

    private func graceEnd(of current: Transaction, grace: Duration) -> Timestamp? {
        guard let renewal = renewal(of: current) else { return nil }
        return renewal.graceUntil ?? (renewal.isInGrace ? current.expiresAt + grace : nil)
    }

    /// What the store said before this period began was about an earlier one.
    private func renewal(of current: Transaction) -> Renewal? {
        renewal.flatMap { $0.signedAt >= current.purchasedAt ? $0 : nil }
    }
}

extension Entitlement {
    /// The App Store's parts are ordered among themselves: the ledger alone says where that leaves the subscription.
    func signed(
        _ statement: AppStoreStatement,
        at: Timestamp,
        now: Timestamp,
        policy: BillingPolicy
    ) -> Entitlement {
        var ledger = ledger ?? AppStoreLedger()
        if let transaction = statement.transaction { ledger.take(transaction, from: statement.source) }
        if let renewal = statement.renewal { ledger.take(renewal) }
        var next = self
        next.ledger = ledger
        next.eventAt = Swift.max(at, eventAt ?? at)
        next.autoRenew = ledger.renewal?.autoRenews ?? autoRenew
        guard state != .superseded, let standing = ledger.standing(at: now, grace: policy.grace) else { return next }
        next.state = standing.state
        next.takeProducts(of: standing)
        // What ended without a current period ends now, if it did not before.
        next.accessUntil = standing.accessUntil ?? accessUntil.map { Swift.min($0, now) } ?? now
        next.paidThrough = ledger.current?.expiresAt ?? paidThrough
        return next
    }

    private mutating func takeProducts(of standing: AppStoreLedger.Standing) {
        tier = standing.tier ?? tier
        upcoming = standing.upcoming
        guard let product = standing.product else { return }
        products = [product]
        productProblem = standing.tier == nil ? "\(ProductProblem.unknown(product))" : nil
    }
}

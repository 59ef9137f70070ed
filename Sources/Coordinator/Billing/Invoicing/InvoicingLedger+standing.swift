import Model

extension InvoicingLedger {
    /// What a subscription may use, by all that its store has said.
    struct Standing: Hashable, Sendable {
        var state: EntitlementState
        var accessUntil: Timestamp?
        var paidThrough: Timestamp?
        var tier: TierName?
        var autoRenew = true
    }

    func standing(at now: Timestamp, policy: BillingPolicy) -> Standing {
        let statement = statement
        let paid = paid(in: statement)
        var standing = Standing(state: .pending)
        standing.paidThrough = paid.through ?? paid.returned?.through
        standing.tier = statement?.tier ?? paidTier
        standing.autoRenew = statement?.renews ?? true
        if let returned = paid.returned, returned.through > paid.through ?? .distantPast,
            returned.through > statement?.periodStart ?? .distantPast
        {
            // The money for the present period went back. What was refunded of an older one says nothing about it.
            standing.state = .revoked
            standing.accessUntil = returned.at
            standing.paidThrough = returned.through
        } else if let endedAt {
            (standing.state, standing.accessUntil) = (.expired, endedAt)
        } else if let statement {
            (standing.state, standing.accessUntil) = Self.access(statement, paid, now, policy)
        } else if let through = paid.through {
            (standing.state, standing.accessUntil) = (.active, through)
        }
        return standing
    }

    private static func access(
        _ statement: SubscriptionStatement,
        _ paid: Paid,
        _ now: Timestamp,
        _ policy: BillingPolicy
    ) -> (EntitlementState, Timestamp?) {
        switch statement.status {
        case .active, .grace: return (.active, activeUntil(statement, paid, policy))
        case .pending, .pastDue, .hold:
            // A payment for this period that is newer than what was said of it. Incomplete and paid are of one second.
            if let through = paid.through, let paidAt = paid.paidAt, through > now,
                paidAt > statement.at || (paidAt == statement.at && statement.status == .pending),
                through >= statement.periodEnd ?? now
            {
                return (.active, activeUntil(statement, paid, policy))
            }
        case .ended: return (.expired, statement.at)
        }
        switch statement.status {
        case .pending: return (.pending, nil)
        case .pastDue:
            // The period that is not paid began where the paid one ended, and its invoice was due later if it was mailed.
            // What was paid beyond the present period belongs to a plan that was left.
            guard let since = [unpaidSince(statement, paid), statement.periodEnd].compactMap(\.self).min() else {
                return (.hold, nil)
            }
            let until = since + due(statement, policy) + policy.grace
            return (now < until ? .grace : .hold, until)
        case .active, .grace, .hold, .ended: return (.hold, statement.at)
        }
    }

    /// A period that the store calls active, and which may be unpaid as yet.
    private static func activeUntil(
        _ statement: SubscriptionStatement,
        _ paid: Paid,
        _ policy: BillingPolicy
    ) -> Timestamp? {
        guard let end = statement.periodEnd else { return paid.through }
        let renewed = statement.renews ? end + policy.renewalLateness : end
        if let through = paid.through, through >= end { return renewed }
        switch statement.collection {
        case .free: return renewed
        case .suspended: return paid.through ?? statement.periodStart
        case .automatic, .mailed: break
        }
        // Nothing was ever heard of payments: the store's own word is all there is.
        if statement.owing == .unknown, paid.ever == nil { return end }
        guard statement.owing != .nothing, let since = unpaidSince(statement, paid) else { return renewed }
        return Swift.min(end, since + allowance(statement, since: since, policy))
    }

    /// Where the time began that is not paid: what was paid and refunded for an older period was settled then.
    private static func unpaidSince(_ statement: SubscriptionStatement, _ paid: Paid) -> Timestamp? {
        let settled = [paid.ever, statement.periodStart].compactMap(\.self).min()
        guard paid.through != nil || paid.returned != nil else { return statement.periodStart }
        return [paid.through, settled].compactMap(\.self).max()
    }

    private static func allowance(
        _ statement: SubscriptionStatement,
        since: Timestamp,
        _ policy: BillingPolicy
    ) -> Duration {
        switch statement.owing {
        case .notAsked where statement.collection == .automatic: return policy.renewalAllowance
        case .open(let due?):
            let wait = Swift.min(due - since, policy.invoiceAllowance)
            return Swift.max(wait, policy.processingAllowance)
        case .open(nil), .notAsked, .nothing, .unknown:
            return Swift.max(due(statement, policy), Swift.max(policy.processingAllowance, policy.renewalAllowance))
        }
    }

    /// How long after the period's beginning the money is due.
    private static func due(_ statement: SubscriptionStatement, _ policy: BillingPolicy) -> Duration {
        if case .open(let due?) = statement.owing, let start = statement.periodStart {
            return Swift.max(.zero, Swift.min(due - start, policy.invoiceAllowance))
        }
        guard case .mailed(let due) = statement.collection else { return .zero }
        return Swift.max(.zero, Swift.min(due, policy.invoiceAllowance))
    }

    /// Of the newest invoice that names one.
    private var paidTier: TierName? {
        payments.values.filter { $0.tier != nil }
            .max { ($0.madeAt, $0.invoice) < ($1.madeAt, $1.invoice) }?.tier
    }
}

import Model

extension Entitlement {
    /// The entitlement after an event, in whatever order events come.
    ///
    /// What was fetched is the store's own state and wins, except that a revocation is only undone by a later payment or
    /// by the store taking it back. What stores sign, and what they say of invoices, is kept and computed anew.
    public func applying(
        _ event: SubscriptionEvent,
        now: Timestamp,
        policy: BillingPolicy = BillingPolicy()
    ) -> Entitlement {
        switch event.kind {
        case .known: self
        case .fetched(let report, let reinstates):
            fetched(report, reinstates: reinstates, at: event.at, now: now, policy: policy)
        case .invoiced(let fact): invoiced(fact, at: event.at, now: now, policy: policy)
        case .refunded(let through): refunded(through, at: event.at)
        case .superseded: superseded(at: event.at)
        case .signed(let statement): signed(statement, at: event.at, now: now, policy: policy)
        }
    }

    private func fetched(
        _ report: StoreReport,
        reinstates: Bool,
        at: Timestamp,
        now: Timestamp,
        policy: BillingPolicy
    ) -> Entitlement {
        if state == .superseded { return self }
        if state == .revoked {
            let isPaidAnew = (report.paidThrough ?? .distantPast) > (paidThrough ?? .distantPast)
            let isTakenBack = reinstates && at >= eventAt ?? at
            guard report.status != .ended, isPaidAnew || isTakenBack else {
                var same = self
                same.takeProducts(of: report)
                return same
            }
        }
        var next = taking(report, at: at, now: now, policy: policy)
        next.eventAt = Swift.max(at, eventAt ?? at)
        return next
    }

    private func refunded(_ through: Timestamp?, at: Timestamp) -> Entitlement {
        if state == .superseded { return self }
        // Money back for a period that is over says nothing about the current one.
        if let through, let paidThrough, through < paidThrough { return self }
        var next = revoked(at: at)
        if let through { next.paidThrough = Swift.max(through, paidThrough ?? through) }
        return next
    }

    private func revoked(at: Timestamp) -> Entitlement {
        var next = self
        next.state = .revoked
        next.accessUntil = Swift.min(at, accessUntil ?? at)
        next.eventAt = Swift.max(at, eventAt ?? at)
        return next
    }

    private func superseded(at: Timestamp) -> Entitlement {
        if state == .superseded { return self }
        var next = revoked(at: at)
        next.state = .superseded
        return next
    }

    /// The report's own state, over what is known of payments.
    private func taking(_ report: StoreReport, at: Timestamp, now: Timestamp, policy: BillingPolicy) -> Entitlement {
        var next = self
        next.takeProducts(of: report)
        next.autoRenew = report.autoRenew
        next.paidThrough = [paidThrough, report.paidThrough].compactMap(\.self).max()
        switch report.status {
        case .pending:
            next.state = .pending
            next.accessUntil = nil
        case .active:
            next.state = .active
            next.accessUntil = Self.activeUntil(
                periodEnd: report.periodEnd,
                paidThrough: next.paidThrough,
                policy: policy
            )
        case .pastDue:
            // The period that is not paid began where the paid one ended.
            let until = (next.paidThrough ?? report.periodStart).map { $0 + policy.grace }
            next.state = until.map { now < $0 } == true ? .grace : .hold
            next.accessUntil = until
        case .grace:
            next.state = .grace
            next.accessUntil = report.periodEnd
        case .hold:
            next.state = .hold
            next.accessUntil = Swift.min(at, accessUntil ?? at)
        case .ended:
            next.state = .expired
            next.accessUntil = Swift.min(at, accessUntil ?? at)
        }
        return next
    }

    /// A period that the store calls active, and of which only a beginning may be paid.
    private static func activeUntil(
        periodEnd: Timestamp?,
        paidThrough: Timestamp?,
        policy: BillingPolicy
    ) -> Timestamp? {
        guard let periodEnd else { return paidThrough }
        guard let paidThrough else { return periodEnd }
        return Swift.min(periodEnd, paidThrough + policy.renewalAllowance)
    }
}

import Model

extension InvoicingLedger {
    /// How far the subscription's time was paid, and how much of that went back.
    struct Paid: Hashable, Sendable {
        /// The end of what was paid and kept.
        var through: Timestamp?
        /// What was paid and went back.
        var returned: Returned?
        /// The end of what was paid at all.
        var ever: Timestamp?
        /// When the last of it was paid.
        var paidAt: Timestamp?
    }

    /// The end of time whose price went back, and when it went.
    struct Returned: Hashable, Sendable {
        let through: Timestamp
        let at: Timestamp
    }

    func paid(in statement: SubscriptionStatement?) -> Paid {
        var paid = Paid()
        for payment in payments.values {
            guard let end = end(of: payment, in: statement) else { continue }
            paid.ever = Swift.max(end, paid.ever ?? end)
            if let at = returnedAt(payment, through: end) {
                let known = paid.returned ?? Returned(through: end, at: at)
                if (end, at) >= (known.through, known.at) { paid.returned = Returned(through: end, at: at) }
            } else {
                let known = (paid.through ?? end, paid.paidAt ?? payment.paidAt)
                if (end, payment.paidAt) >= known { (paid.through, paid.paidAt) = (end, payment.paidAt) }
            }
        }
        return paid
    }

    /// The end of the time that an invoice paid for, without what a later invoice gave back of it.
    private func end(of payment: InvoicePayment, in statement: SubscriptionStatement?) -> Timestamp? {
        var ends = payment.times.map { time in
            var end = time.end
            for other in payments.values where other.invoice != payment.invoice && other.madeAt >= payment.madeAt {
                for credit in other.credits where credit.isOf(time) {
                    end = Swift.min(end, Swift.max(time.start, credit.start))
                }
            }
            return end
        }
        // Not all of its lines were to be seen, and the subscription itself says which period was paid.
        if let moment = payment.periodAt, let start = statement?.periodStart, let end = statement?.periodEnd,
            start <= moment, moment < end
        {
            ends.append(end)
        }
        return ends.max()
    }

    /// When all the money that an invoice brought went back; nil while it did not.
    private func returnedAt(_ payment: InvoicePayment, through end: Timestamp) -> Timestamp? {
        if let returnedThrough, end <= returnedThrough { return payment.paidAt }
        guard payment.paysForTime else { return nil }
        var (sum, isWhole, latest) = (Int64(0), false, Timestamp?.none)
        for money in returns.values where money.invoice == payment.invoice {
            guard let portion = portion(of: money) else { continue }
            isWhole = isWhole || portion.isWhole
            let (total, overflow) = sum.addingReportingOverflow(portion.amount)
            sum = overflow ? .max : total
            latest = Swift.max(money.at, latest ?? money.at)
        }
        guard let latest else { return nil }
        // Several charges may have paid it, so that all of one of them is not all. Where sums are missing, it is.
        guard let amount = payment.amount, sum > 0 else { return isWhole ? latest : nil }
        return sum >= amount ? latest : nil
    }

    /// What went back by it and stayed away; nil for nothing.
    private func portion(of money: MoneyReturn) -> (amount: Int64, isWhole: Bool)? {
        switch money.kind {
        case .refundFailed, .disputeEnded: return nil
        case .disputed: return (.max, true)
        case .refunded(let amount, let isWhole):
            var left = amount ?? 0
            var hasFailed = false
            for other in returns.values where other.charge == money.charge && other.at >= money.at {
                guard case .refundFailed(let back) = other.kind else { continue }
                hasFailed = true
                left -= Swift.min(Swift.max(back ?? .max, 0), left)
            }
            guard left > 0 || (isWhole && !hasFailed) else { return nil }
            return (left, isWhole && !hasFailed)
        }
    }
}

extension InvoicePayment.Stretch {
    /// Whether it gives back the rest of this time.
    fileprivate func isOf(_ time: Self) -> Bool {
        end == time.end && (price == nil || time.price == nil || price == time.price)
    }
}

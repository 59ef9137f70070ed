import Billing
import Model
import Store

/// What Stripe says when it is asked for a subscription.
extension StripeResolver {
    /// - Parameter facts: what else the event said, such as money that went back.
    func fetched(
        _ id: StripeID,
        at: Timestamp,
        claimHash: [UInt8]? = nil,
        facts: [InvoicingFact] = []
    ) async throws -> EventResolution {
        let seen = try await (inquiry ?? SharedInquiry()).seen(reference(id), at: store)
        let events = facts.map { SubscriptionEvent(at: at, .invoiced($0)) }
        switch try await answer(id, at: at, claimHash: claimHash, seen: seen) {
        case .effect(let answer):
            return .effect(effect(id, answer.events + events, claimHash: claimHash, seen: seen))
        case .notFound: return .park(Self.unknownToKey)
        case .elsewhere: return .park("Stripe answered with another subscription or mode")
        case .unusable(let reason):
            // What else the event said must not be lost over a price that nobody configured yet. The order waits, and the
            // subscription's own next event brings the tier.
            guard claimHash != nil || !events.isEmpty else { return .park(reason) }
            return .effect(effect(id, [SubscriptionEvent(at: at, .known)] + events, claimHash: claimHash))
        }
    }

    /// Asks Stripe for a subscription.
    ///
    /// - Parameter seen: as it was read before.
    func answer(
        _ id: StripeID,
        at: Timestamp,
        claimHash: [UInt8]? = nil,
        seen: InboxEffect.Seen
    ) async throws -> StoreAnswer {
        guard let api else { throw StripeAPIError.noKey }
        let subscription: StripeSubscription
        do throws(StripeAPIError) {
            subscription = try await api.wholeSubscription(id)
        } catch .status(404) {
            return .notFound
        } catch {
            throw error
        }
        guard subscription.id == id, subscription.livemode == nil || subscription.livemode == isLive else {
            return .elsewhere
        }
        let (owing, payments) = try await standing(of: subscription, api)
        let report = StripeReport.make(
            status: subscription.status,
            prices: subscription.prices,
            period: subscription.period,
            renews: subscription.renews,
            catalogue: catalogue
        )
        switch report {
        case .success(let report):
            let statement = SubscriptionStatement(
                at: at,
                stage: .answered,
                report: report,
                collection: subscription.collection,
                owing: owing
            )
            let event = SubscriptionEvent(at: at, .invoiced(.answered(statement, payments: payments)))
            return .effect(effect(id, [event], claimHash: claimHash, seen: seen))
        case .failure(let problem): return .unusable("\(problem)")
        }
    }

    /// What the newest invoice comes to, and the payments that count. One question more is asked where the newest
    /// invoice is not the present period's, paid.
    private func standing(
        of subscription: StripeSubscription,
        _ api: StripeAPI
    ) async throws(StripeAPIError) -> (SubscriptionStatement.Owing, [InvoicePayment]) {
        guard let latest = subscription.latest_invoice?.object else { return (.nothing, []) }
        let end = subscription.period?.end ?? 0
        if latest.isPaid {
            let invoice = latest.covers(end) ? latest : try await api.whole(latest)
            if invoice.covers(end) { return (.nothing, [payment(invoice)].compactMap(\.self)) }
        }
        switch StripeReport.status(subscription.status) {
        case .active, .pastDue, .grace: break
        // Nothing that was paid gives access in these.
        case .pending, .hold, .ended, nil: return (latest.owing, [])
        }
        let paid = try await api.paidInvoices(of: subscription.id)
        return (latest.owing, paid.compactMap(payment))
    }

    /// What an invoice that was asked for paid for.
    func payment(_ invoice: StripeInvoice) -> InvoicePayment? {
        guard let id = invoice.id else { return nil }
        let made = invoice.created.flatMap(UnixTime.timestamp) ?? Timestamp(seconds: 0)
        let times = invoice.times
        return InvoicePayment(
            invoice: id.text,
            madeAt: made,
            paidAt: (invoice.status_transitions?.paid_at).flatMap(UnixTime.timestamp) ?? made,
            times: times.compactMap(\.stretch),
            credits: invoice.credits.compactMap(\.stretch),
            costsMoney: invoice.costsMoney,
            amount: invoice.amount_paid,
            tier: tier(of: times)
        )
    }
}

extension StripeInvoice {
    /// Whether it pays for time up to this moment.
    fileprivate func covers(_ end: Int64) -> Bool { times.contains { $0.end >= end } }

    fileprivate var owing: SubscriptionStatement.Owing {
        switch status {
        case "draft": .notAsked
        // The seller let it go, and Stripe's own word for the subscription is what is left.
        case "void": .nothing
        default: .open(due: due_date.flatMap(UnixTime.timestamp))
        }
    }
}

import Billing
import Model
import Store

/// Money that goes back: refunds and disputes. It counts against what the payment paid for.
extension StripeResolver {
    /// Where a payment's invoice was looked for.
    private enum Paid {
        case invoice(InvoicePayment, of: StripeID)
        /// The payment paid no invoice of a subscription.
        case nothing
        /// Only Stripe could tell.
        case unknown
        /// The invoice's own event has not come yet.
        case later
    }

    func refund(_ fields: StripeInboxFields, at: Timestamp) async throws -> EventResolution {
        var fields = fields
        let isFailure = fields.type == .refundFailed
        if let api, let charge = fields.charge {
            // What has gone back of the charge by now, whichever event it was that said so.
            let answer = try await api.charge(charge)
            fields.fully_refunded = answer.refunded == true
            fields.amount = answer.amount_refunded
            fields.invoice = answer.invoice?.id ?? fields.invoice
            fields.payment_intent = answer.payment_intent?.id ?? fields.payment_intent
        }
        guard isFailure, api == nil || fields.charge == nil else {
            let kind = MoneyReturn.Kind.refunded(fields.amount, isWhole: fields.fully_refunded == true)
            return try await returned(fields, at: at, id: fields.charge, kind)
        }
        return try await returned(fields, at: at, id: fields.object, .refundFailed(fields.amount))
    }

    func dispute(_ fields: StripeInboxFields, at: Timestamp) async throws -> EventResolution {
        var fields = fields
        if let api, let id = fields.object {
            fields.status = try await api.dispute(id).status
        }
        let takes = StripeDispute.takesMoney(status: fields.status)
        // An inquiry takes nothing yet.
        guard takes || fields.type == .disputeClosed else { return .nothing }
        return try await returned(fields, at: at, id: fields.object, takes ? .disputed : .disputeEnded)
    }

    private func returned(
        _ fields: StripeInboxFields,
        at: Timestamp,
        id: StripeID?,
        _ kind: MoneyReturn.Kind
    ) async throws -> EventResolution {
        guard let id = id ?? fields.object else { return .park("a \(fields.type.rawValue) of an unknown shape") }
        switch try await paid(fields) {
        case .nothing: return .nothing
        // A refund of a part changes nothing: it is not worth a person's time.
        case .later where !kind.takesAll, .unknown where !kind.takesAll: return .nothing
        case .unknown: return .park(Self.needsKey(fields))
        case .later: return .later("no invoice is known for the payment")
        case .invoice(let payment, let subscription):
            guard payment.paysForTime else {
                // An invoice without the subscription's own time (an upgrade's difference, an extra) paid for no period,
                // so that money back for it ends none.
                return kind.takesAll && !kind.isTakenBack
                    ? .park("money back for no period of the subscription") : .nothing
            }
            let money = MoneyReturn(
                id: id.text,
                charge: fields.charge?.text,
                invoice: payment.invoice,
                at: at,
                kind: kind
            )
            guard api != nil else {
                let facts = [InvoicingFact.paid(payment), .returned(money)]
                return .effect(effect(subscription, facts.map { SubscriptionEvent(at: at, .invoiced($0)) }))
            }
            return try await fetched(subscription, at: at, facts: [.returned(money)])
        }
    }

    /// The invoice that a charge, refund or dispute is about.
    private func paid(_ fields: StripeInboxFields) async throws -> Paid {
        if let api { return try await asked(fields, api) }
        let keys = [
            ("invoice", fields.invoice), ("payment_intent", fields.payment_intent), ("charge", fields.charge),
        ]
        for case (let key, let value?) in keys {
            for json in try await store.recordedFields(.stripe, where: key, is: value.text) {
                guard let recorded = try? StripeInboxFields(json: json), recorded.type == .invoicePaid,
                    let payment = payment(recorded)
                else { continue }
                return recorded.subscription.map { .invoice(payment, of: $0) } ?? .nothing
            }
        }
        if fields.invoice != nil { return .later }
        // A charge of a version that names invoices, and names none, paid none.
        return fields.names_invoice == true ? .nothing : .unknown
    }

    /// Stripe knows: what it does not name is not there.
    private func asked(_ fields: StripeInboxFields, _ api: StripeAPI) async throws -> Paid {
        var invoices: [StripeInvoice] = []
        var intent = fields.payment_intent
        if intent == nil, fields.invoice == nil, fields.type.subject != .charge, let charge = fields.charge {
            intent = try await api.charge(charge).payment_intent?.id
        }
        if let invoice = fields.invoice {
            invoices = [try await api.whole(api.invoice(invoice))]
        } else if let intent {
            invoices = try await api.invoices(paidBy: intent)
        }
        for invoice in invoices {
            guard let subscription = invoice.subscriptionID, let payment = payment(invoice) else { continue }
            return .invoice(payment, of: subscription)
        }
        return .nothing
    }
}

extension MoneyReturn.Kind {
    /// Whether it is about all that was paid, as far as it says itself.
    fileprivate var takesAll: Bool {
        switch self {
        case .refunded(_, let isWhole): isWhole
        case .disputed, .disputeEnded, .refundFailed: true
        }
    }
}

import Billing
import Model
import Store

/// Finds out what an event of Stripe's means.
///
/// With an API key an event only says where to look: the subscription is read, then Stripe is asked, then the answer is
/// written if nobody wrote in between. So the last write rests on the newest answer, as under a lock that is held
/// throughout, but no connection to the database waits for Stripe. Without a key the event's own fields are used.
struct StripeResolver: EventResolver {
    let provider = PaymentProvider.stripe
    let store: Store
    var api: StripeAPI?
    let catalogue: TierCatalogue
    let environment: BillingEnvironment
    private(set) var inquiry: SharedInquiry?

    func sharing(_ inquiry: SharedInquiry) -> Self {
        var copy = self
        copy.inquiry = inquiry
        copy.api = api?.sharing(inquiry)
        return copy
    }

    func resolve(fields: String) async throws -> EventResolution {
        guard let fields = try? StripeInboxFields(json: fields) else { return .park("fields of an unknown version") }
        do {
            return try await resolve(fields)
        } catch StripeAPIError.status(404) {
            // The event names it, so that it is there: for whoever has the right key.
            return .park(Self.unknownToKey)
        }
    }

    static let unknownToKey = "Stripe knows no such object: the API key is of another account or mode"

    /// - Throws: `DatabaseError`, `StripeAPIError`.
    private func resolve(_ recorded: StripeInboxFields) async throws -> EventResolution {
        if recorded.unreadable == true { return .park("a \(recorded.type.rawValue) of an unknown shape") }
        guard let at = UnixTime.timestamp(recorded.created) else { return .park("an impossible time") }
        guard let fields = try await completed(recorded) else { return .park(Self.needsKey(recorded)) }
        switch fields.type {
        case .checkoutFailed, .checkoutExpired: return .nothing
        case .checkoutCompleted, .checkoutPaid: return try await checkout(fields, at: at)
        case .subscriptionCreated, .subscriptionUpdated, .subscriptionDeleted, .subscriptionPaused,
            .subscriptionResumed:
            return try await subscription(fields, at: at)
        case .invoicePaid, .invoiceFailed: return try await invoice(fields, at: at)
        case .chargeRefunded, .refundFailed: return try await refund(fields, at: at)
        case .disputeCreated, .disputeClosed: return try await dispute(fields, at: at)
        }
    }

    /// With the object of an event that only names it; nil where nobody can be asked for that.
    private func completed(_ recorded: StripeInboxFields) async throws -> StripeInboxFields? {
        guard recorded.thin == true, let id = recorded.object else { return recorded }
        guard let api else { return nil }
        var fields = recorded
        switch fields.type.subject {
        // Its own state is asked for in any case.
        case .subscription: fields.subscription = id
        case .session: fields.take(try await api.session(id))
        case .invoice: fields.take(try await api.invoice(id))
        case .charge: fields.take(try await api.charge(id))
        case .dispute where fields.type == .refundFailed: fields.take(try await api.refund(id))
        case .dispute: fields.take(try await api.dispute(id))
        }
        return fields
    }

    static func needsKey(_ fields: StripeInboxFields) -> String { "\(fields.type.rawValue) needs an API key" }

    private func checkout(_ fields: StripeInboxFields, at: Timestamp) async throws -> EventResolution {
        // Sessions that sell no subscription are none of ours; unpaid ones send another event once they are paid.
        guard let id = fields.subscription, fields.payment_status != "unpaid" else { return .nothing }
        guard api == nil else { return try await fetched(id, at: at, claimHash: fields.claimHashBytes) }
        return .effect(effect(id, [SubscriptionEvent(at: at, .known)], claimHash: fields.claimHashBytes))
    }

    private func subscription(_ fields: StripeInboxFields, at: Timestamp) async throws -> EventResolution {
        guard let id = fields.subscription else { return .park("no subscription id") }
        guard api == nil else { return try await fetched(id, at: at) }
        let report = StripeReport.make(
            status: fields.type == .subscriptionDeleted ? "canceled" : fields.status,
            prices: fields.prices ?? [],
            period: fields.period,
            renews: fields.renews ?? true,
            catalogue: catalogue
        )
        switch report {
        case .success(let report):
            let statement = statement(report, fields, at: at)
            return .effect(effect(id, [SubscriptionEvent(at: at, .invoiced(.stated(statement)))]))
        case .failure(let problem): return .park("\(problem)")
        }
    }

    private func statement(
        _ report: StoreReport,
        _ fields: StripeInboxFields,
        at: Timestamp
    ) -> SubscriptionStatement {
        SubscriptionStatement(
            at: at,
            stage: fields.type.stage,
            report: report,
            collection: StripeCollection(status: fields.status, pause: fields.paused, mailedDays: fields.mailed_days)
                .collection,
            statusBefore: fields.status_before.flatMap(StripeReport.status),
            tierBefore: fields.prices_before.flatMap(tier(of:))
        )
    }

    private func invoice(_ fields: StripeInboxFields, at: Timestamp) async throws -> EventResolution {
        guard let id = fields.subscription else { return .nothing }
        guard api == nil else { return try await fetched(id, at: at) }
        // A failed payment changes the subscription's status, of which an event of its own tells.
        guard fields.type == .invoicePaid, let payment = payment(fields), payment.isAboutTime else { return .nothing }
        return .effect(effect(id, [SubscriptionEvent(at: at, .invoiced(.paid(payment)))]))
    }

    /// What a recorded `invoice.paid` paid for.
    func payment(_ fields: StripeInboxFields) -> InvoicePayment? {
        guard let id = fields.invoice, let at = UnixTime.timestamp(fields.created) else { return nil }
        let rest =
            fields.times == nil ? fields.paid_through.map { [StripePaidTime(start: 0, end: $0, price: nil)] } : nil
        let times = fields.times ?? rest ?? []
        return InvoicePayment(
            invoice: id.text,
            madeAt: fields.made.flatMap(UnixTime.timestamp) ?? at,
            paidAt: at,
            times: times.compactMap(\.stretch),
            credits: (fields.credits ?? []).compactMap(\.stretch),
            costsMoney: fields.costs_money ?? true,
            amount: fields.amount,
            periodAt: fields.period_at.flatMap(UnixTime.timestamp),
            tier: tier(of: times)
        )
    }

    /// The tier of the prices that were paid, where they name one.
    func tier(of times: [StripePaidTime]) -> TierName? { tier(of: times.compactMap(\.price?.text)) }

    private func tier(of prices: [String]) -> TierName? { catalogue.grant(of: prices, at: .stripe).tier }

    var isLive: Bool { environment == .production }

    func reference(_ id: StripeID) -> StoreReference {
        StoreReference(provider: .stripe, environment: environment, text: id.text)
    }

    func effect(
        _ id: StripeID,
        _ events: [SubscriptionEvent],
        claimHash: [UInt8]? = nil,
        seen: InboxEffect.Seen = .irrelevant
    ) -> InboxEffect {
        InboxEffect(reference: reference(id), events: events, claimHash: claimHash, seen: seen)
    }
}

extension StripeEventType {
    fileprivate var stage: SubscriptionStatement.Stage {
        switch self {
        case .subscriptionCreated: .created
        case .subscriptionDeleted: .ended
        default: .changed
        }
    }
}

extension StripePaidTime {
    var stretch: InvoicePayment.Stretch? {
        guard let start = UnixTime.timestamp(start), let end = UnixTime.timestamp(end) else { return nil }
        return InvoicePayment.Stretch(price: price?.text, start: start, end: end)
    }
}

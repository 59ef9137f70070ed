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
        return try await resolve(fields)
    }

    /// - Throws: `DatabaseError`, `StripeAPIError`.
    private func resolve(_ fields: StripeInboxFields) async throws -> EventResolution {
        if fields.unreadable == true { return .park("a \(fields.type.rawValue) of an unknown shape") }
        guard let at = UnixTime.timestamp(fields.created) else { return .park("an impossible time") }
        switch fields.type {
        case .checkoutFailed, .checkoutExpired: return .nothing
        case .checkoutCompleted, .checkoutPaid: return try await checkout(fields, at: at)
        case .subscriptionCreated, .subscriptionUpdated, .subscriptionDeleted, .subscriptionPaused,
            .subscriptionResumed:
            return try await subscription(fields, at: at)
        case .invoicePaid, .invoiceFailed: return try await invoice(fields, at: at)
        case .chargeRefunded: return try await refund(fields, at: at)
        case .refundFailed: return try await reinstatement(fields, at: at)
        case .disputeCreated, .disputeClosed: return try await dispute(fields, at: at)
        }
    }

    private func checkout(_ fields: StripeInboxFields, at: Timestamp) async throws -> EventResolution {
        // Sessions that sell no subscription are none of ours; unpaid ones send another event once they are paid.
        guard let id = fields.subscription, fields.payment_status != "unpaid" else { return .nothing }
        guard api == nil else { return try await fetched(id, at: at, claimHash: fields.claimHashBytes) }
        return .effect(effect(id, [SubscriptionEvent(at: at, .known)], claimHash: fields.claimHashBytes))
    }

    private func subscription(_ fields: StripeInboxFields, at: Timestamp) async throws -> EventResolution {
        guard let id = fields.subscription else { return .park("no subscription id") }
        guard api == nil else { return try await fetched(id, at: at) }
        let period: StripePeriod? =
            if let start = fields.period_start, let end = fields.period_end {
                StripePeriod(start: start, end: end)
            } else {
                nil
            }
        let report = StripeReport.make(
            status: fields.type == .subscriptionDeleted ? "canceled" : fields.status,
            prices: fields.prices ?? [],
            period: period,
            renews: fields.renews ?? true,
            catalogue: catalogue
        )
        switch report {
        case .success(let report): return .effect(effect(id, [SubscriptionEvent(at: at, .reported(report))]))
        case .failure(let problem): return .park("\(problem)")
        }
    }

    private func invoice(_ fields: StripeInboxFields, at: Timestamp) async throws -> EventResolution {
        guard let id = fields.subscription else { return .nothing }
        guard api == nil else { return try await fetched(id, at: at) }
        // A failed payment changes the subscription's status, of which an event of its own tells.
        guard fields.type == .invoicePaid, let through = fields.paid_through.flatMap(UnixTime.timestamp) else {
            return .nothing
        }
        return .effect(effect(id, [SubscriptionEvent(at: at, .paid(through: through))]))
    }

    private func refund(_ fields: StripeInboxFields, at: Timestamp) async throws -> EventResolution {
        var isFull = fields.fully_refunded == true
        if isFull, let api, let charge = fields.charge { isFull = try await api.charge(charge).refunded == true }
        guard isFull else { return .nothing }
        guard let payment = try await payment(fields) else { return .later("no invoice is known for the refund") }
        // An invoice without a line of the subscription itself (an upgrade's difference, an extra) paid for no period,
        // so that money back for it ends none.
        guard let through = payment.paidThrough else { return .park("a refund of no period of the subscription") }
        let refunded = SubscriptionEvent(at: at, .refunded(through: through))
        return .effect(effect(payment.subscription, [refunded]))
    }

    private func dispute(_ fields: StripeInboxFields, at: Timestamp) async throws -> EventResolution {
        var status = fields.status
        if let api, let dispute = fields.object { status = try await api.dispute(dispute).status }
        guard StripeDispute.takesMoney(status: status) else {
            return fields.type == .disputeClosed ? try await reinstatement(fields, at: at) : .nothing
        }
        guard let payment = try await payment(fields) else { return .later("no invoice is known for the dispute") }
        return .effect(effect(payment.subscription, [SubscriptionEvent(at: at, .disputed)]))
    }

    /// The store took a refund or a dispute back: only its own state tells what that leaves.
    private func reinstatement(_ fields: StripeInboxFields, at: Timestamp) async throws -> EventResolution {
        guard api != nil else { return .park("\(fields.type.rawValue) needs an API key to be acted on") }
        guard let payment = try await payment(fields) else { return .later("no invoice is known for the payment") }
        return try await fetched(payment.subscription, at: at, reinstates: true)
    }

    private func fetched(
        _ id: StripeID,
        at: Timestamp,
        claimHash: [UInt8]? = nil,
        reinstates: Bool = false
    ) async throws -> EventResolution {
        let seen = try await (inquiry ?? SharedInquiry()).seen(reference(id), at: store)
        switch try await answer(id, at: at, claimHash: claimHash, reinstates: reinstates, seen: seen) {
        case .effect(let effect): return .effect(effect)
        // The event names it, so that it is or was there: the key's account or mode is another, or it comes later.
        case .notFound: return .later("\(StripeAPIError.status(404))")
        case .elsewhere: return .park("Stripe answered with another subscription or mode")
        case .unusable(let reason):
            guard claimHash != nil else { return .park(reason) }
            // The order must not be lost over a price that nobody configured yet: the claim waits, and the
            // subscription's own next event brings the tier.
            return .effect(effect(id, [SubscriptionEvent(at: at, .known)], claimHash: claimHash))
        }
    }

    /// Asks Stripe for a subscription.
    ///
    /// - Parameter seen: as it was read before.
    func answer(
        _ id: StripeID,
        at: Timestamp,
        claimHash: [UInt8]? = nil,
        reinstates: Bool = false,
        seen: InboxEffect.Seen
    ) async throws -> StoreAnswer {
        guard let api else { throw StripeAPIError.noKey }
        let subscription: StripeSubscription
        do throws(StripeAPIError) {
            subscription = try await api.subscription(id)
        } catch .status(404) {
            return .notFound
        } catch {
            throw error
        }
        guard subscription.id == id, subscription.livemode == nil || subscription.livemode == isLive else {
            return .elsewhere
        }
        let invoice = subscription.latest_invoice?.object
        let report = StripeReport.make(
            status: subscription.status,
            prices: subscription.prices,
            period: subscription.period,
            paidThrough: invoice?.isPaid == true ? invoice?.periodEnd : nil,
            renews: subscription.renews,
            catalogue: catalogue
        )
        switch report {
        case .success(let report):
            let event = SubscriptionEvent(at: at, .fetched(report, reinstates: reinstates))
            return .effect(effect(id, [event], claimHash: claimHash, seen: seen))
        case .failure(let problem): return .unusable("\(problem)")
        }
    }

    /// The subscription that a charge, refund or dispute is about, and the end of what the payment paid for.
    private func payment(
        _ fields: StripeInboxFields
    ) async throws -> (subscription: StripeID, paidThrough: Timestamp?)? {
        let keys = [
            ("invoice", fields.invoice), ("payment_intent", fields.payment_intent), ("charge", fields.charge),
        ]
        for case (let key, let value?) in keys {
            for json in try await store.recordedFields(.stripe, where: key, is: value.text) {
                guard let recorded = try? StripeInboxFields(json: json), recorded.type == .invoicePaid,
                    let subscription = recorded.subscription
                else { continue }
                return (subscription, recorded.paid_through.flatMap(UnixTime.timestamp))
            }
        }
        guard let api, let intent = fields.payment_intent else { return nil }
        for invoice in try await api.invoices(paidBy: intent) {
            if let subscription = invoice.subscriptionID {
                return (subscription, invoice.periodEnd.flatMap(UnixTime.timestamp))
            }
        }
        return nil
    }

    private var isLive: Bool { environment == .production }

    private func reference(_ id: StripeID) -> StoreReference {
        StoreReference(provider: .stripe, environment: environment, text: id.text)
    }

    private func effect(
        _ id: StripeID,
        _ events: [SubscriptionEvent],
        claimHash: [UInt8]? = nil,
        seen: InboxEffect.Seen = .irrelevant
    ) -> InboxEffect {
        InboxEffect(reference: reference(id), events: events, claimHash: claimHash, seen: seen)
    }
}

import Billing
import Database
import Model

/// Why an order gives no token yet, as the inbox tells it: the providers' events are there from the moment that they
/// were accepted.
extension Store {
    /// - Returns: `paymentPending` as long as it may still come by itself.
    static func refusal(
        of order: Order,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> ClaimRefusal {
        let hash = Hexadecimal.encode(order.claimHash)
        let parked = try transaction.query(findParked, .text(hash), .uuid(order.subscription?.bytes))
        guard parked.isEmpty else { return .underReview }
        // What is bound was paid for; its subscription's own event is on its way.
        guard order.subscription == nil else { return .paymentPending }
        var reports: [CheckoutReport] = []
        for row in try transaction.query(findCheckouts, .text(hash)) {
            if let report = try CheckoutReport(row) { reports.append(report) }
        }
        switch OrderStanding.judge(reports) {
        case .checkoutExpired: return .checkoutExpired
        case .paymentFailed: return .paymentFailed
        case .paymentPending: return reports.isEmpty && order.expiresAt <= now ? .orderExpired : .paymentPending
        }
    }

    /// Events that wait for a person and are about this order, or about the subscription that was bought with it.
    private static let findParked: Statement = """
        SELECT FROM webhook_inbox w WHERE w.parked_reason IS NOT NULL AND w.done_at IS NULL
            AND (lower(w.fields ->> 'claim_hash') = $1 OR EXISTS (SELECT FROM subscriptions s WHERE s.id = $2::uuid
                AND s.provider = w.provider AND w.fields ->> 'subscription' = s.store_reference))
        LIMIT 1
        """

    private static let findCheckouts: Statement = """
        SELECT fields ->> 'type' AS type, fields ->> 'object' AS checkout, fields ->> 'payment_status' AS payment_status,
            (fields ->> 'created')::bigint AS created
        FROM webhook_inbox WHERE provider = 'stripe' AND lower(fields ->> 'claim_hash') = $1
        ORDER BY received_at DESC LIMIT 100
        """
}

extension CheckoutReport {
    /// Nil for an event that is about no checkout. The types are Stripe's (docs.stripe.com/api/events/types).
    fileprivate init?(_ row: Row) throws(DatabaseError) {
        let isUnpaid = try row.optionalText("payment_status") == "unpaid"
        let kind: Kind
        switch try row.optionalText("type") {
        case "checkout.session.completed": kind = isUnpaid ? .completedUnpaid : .paid
        case "checkout.session.async_payment_succeeded": kind = .paid
        case "checkout.session.async_payment_failed": kind = .failed
        case "checkout.session.expired": kind = .expired
        default: return nil
        }
        self.init(
            checkout: try row.optionalText("checkout") ?? "",
            kind: kind,
            created: try row.optionalInt64("created") ?? 0
        )
    }
}

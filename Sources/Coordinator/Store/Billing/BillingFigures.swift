import Billing
import Database
import Model

/// Counts of what the stores' events have come to, for the metrics. None is about a customer.
public struct BillingFigures: Sendable {
    public struct Inbox: Hashable, Sendable {
        /// Events that were not carried out yet.
        public var waiting = 0
        /// How long the oldest of them has waited.
        public var lag = Duration.zero
        /// Events that were set aside for a person.
        public var parked = 0
    }

    public var inboxes: [PaymentProvider: Inbox] = [:]
    /// Purchases that their store gives back unless it hears of them within a day.
    public var unacknowledged: [PaymentProvider: Int] = [:]
    /// How long the subscription has waited that the store was to be asked about first.
    public var reconciliationLag: [PaymentProvider: Duration] = [:]
    public var frozenPeers = 0
    /// Subscriptions whose peers are to be looked at, and were not yet.
    public var subscriptionsDue = 0
}

extension Store {
    /// After which time an unacknowledged purchase is an alarm; Google gives the money back after 72 hours.
    public static let acknowledgementAlarm: Duration = .seconds(48 * 3600)

    public func billingFigures(now: Timestamp) async throws -> BillingFigures {
        let statement = Self.billingFigures.with(
            .timestamp(now.microseconds),
            .timestamp((now - Self.acknowledgementAlarm).microseconds)
        )
        return try await pool.query(statement) { rows in
            var figures = BillingFigures()
            for row in rows {
                let value = Int(try row.int64("value"))
                let provider = PaymentProvider(rawValue: try row.text("provider"))
                switch (try row.text("figure"), provider) {
                case ("waiting", let provider?):
                    figures.inboxes[provider, default: .init()].waiting = value
                    if let oldest = try row.optionalMoment("oldest") {
                        figures.inboxes[provider, default: .init()].lag = max(.zero, now - oldest)
                    }
                case ("parked", let provider?): figures.inboxes[provider, default: .init()].parked = value
                case ("unacknowledged", let provider?): figures.unacknowledged[provider] = value
                case ("reconcile", let provider?):
                    if let oldest = try row.optionalMoment("oldest") {
                        figures.reconciliationLag[provider] = max(.zero, now - oldest)
                    }
                case ("frozen", _): figures.frozenPeers = value
                case ("due", _): figures.subscriptionsDue = value
                default: break
                }
            }
            return figures
        }
    }

    private static let billingFigures: Statement = """
        SELECT 'waiting' AS figure, provider, count(*) AS value, min(received_at) AS oldest FROM webhook_inbox
            WHERE done_at IS NULL AND parked_reason IS NULL GROUP BY provider
        UNION ALL SELECT 'parked', provider, count(*), NULL FROM webhook_inbox
            WHERE done_at IS NULL AND parked_reason IS NOT NULL GROUP BY provider
        UNION ALL SELECT 'unacknowledged', provider, count(*), NULL FROM subscriptions
            WHERE unacknowledged_since < $2 GROUP BY provider
        UNION ALL SELECT 'reconcile', provider, 0, min(reconcile_at) FROM subscriptions
            WHERE reconcile_at IS NOT NULL GROUP BY provider
        UNION ALL SELECT 'frozen', '', count(*), NULL FROM peers WHERE frozen_at IS NOT NULL
        UNION ALL SELECT 'due', '', count(*), NULL FROM subscriptions WHERE peers_due_at < $1
        """
}

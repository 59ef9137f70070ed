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
    /// Subscriptions that give access for over an hour, and cannot be used.
    public struct Unusable: Hashable, Sendable {
        /// They have no tier, or one that the settings do not have.
        public var withoutTier = 0
        /// Their peers were not brought in line.
        public var withoutPeers = 0
    }

    public var unusable = Unusable()
    /// Subscriptions without access for over an hour whose peers are still on nodes.
    public var unpaidInUse = 0
    /// Subscriptions with access whose products need an operator.
    public var productProblems: [PaymentProvider: Int] = [:]
    /// Purchases of the other world that have access.
    public var testPurchases: [PaymentProvider: Int] = [:]
    public var frozenPeers = 0
    /// Subscriptions whose peers are to be looked at, and were not yet.
    public var subscriptionsDue = 0
}

extension Store {
    /// After which time an unacknowledged purchase is an alarm; Google gives the money back after 72 hours.
    public static let acknowledgementAlarm: Duration = .seconds(48 * 3600)

    /// How long a subscription may be paid and of no use, or used and unpaid, before it is counted.
    public static let mismatchAlarm: Duration = .seconds(3600)

    /// - Parameter environment: the world that is served. Of the other one, there are test purchases alone, which nobody
    ///   asks about, and which no money is given back for.
    public func billingFigures(_ environment: BillingEnvironment, now: Timestamp) async throws -> BillingFigures {
        let statement = Self.billingFigures.with(
            .timestamp(now.microseconds),
            .timestamp((now - Self.acknowledgementAlarm).microseconds),
            .text(environment.rawValue),
            .timestamp((now - Self.mismatchAlarm).microseconds)
        )
        return try await pool.query(statement) { rows in
            var figures = BillingFigures()
            for row in rows { try figures.take(row, now: now) }
            return figures
        }
    }

    private static let billingFigures: Statement = """
        SELECT 'waiting' AS figure, provider, count(*) AS value, min(received_at) AS oldest FROM webhook_inbox
            WHERE done_at IS NULL AND parked_reason IS NULL GROUP BY provider
        UNION ALL SELECT 'parked', provider, count(*), NULL FROM webhook_inbox
            WHERE done_at IS NULL AND parked_reason IS NOT NULL GROUP BY provider
        UNION ALL SELECT 'unacknowledged', provider, count(*), NULL FROM subscriptions
            WHERE environment = $3 AND unacknowledged_since < $2 GROUP BY provider
        UNION ALL SELECT 'reconcile', provider, 0, min(reconcile_at) FROM subscriptions
            WHERE environment = $3 AND reconcile_at IS NOT NULL GROUP BY provider
        UNION ALL SELECT 'no tier', '', count(*), NULL FROM subscriptions
            WHERE unusable_since < $4 AND state IN ('active', 'grace') AND access_until > $1
        UNION ALL SELECT 'no peers', '', count(*), NULL FROM subscriptions s
            WHERE (unplaced_since < $4 OR peers_due_at < $4) AND state IN ('active', 'grace') AND access_until > $1
            AND EXISTS (SELECT FROM peers p WHERE p.subscription_id = s.id AND p.frozen_at IS NOT NULL)
        UNION ALL SELECT 'unpaid', '', count(*), NULL FROM subscriptions s
            WHERE peers_due_at < $4 AND (state NOT IN ('active', 'grace') OR access_until IS NULL OR access_until < $4)
            AND EXISTS (SELECT FROM peers p WHERE p.subscription_id = s.id AND p.frozen_at IS NULL)
        UNION ALL SELECT 'products', provider, count(*), NULL FROM subscriptions
            WHERE product_problem IS NOT NULL AND state IN ('active', 'grace') AND access_until > $1 GROUP BY provider
        UNION ALL SELECT 'tests', provider, count(*), NULL FROM subscriptions
            WHERE environment = 'sandbox' AND $3 <> 'sandbox' AND state IN ('active', 'grace') AND access_until > $1 GROUP BY provider
        UNION ALL SELECT 'frozen', '', count(*), NULL FROM peers WHERE frozen_at IS NOT NULL
        UNION ALL SELECT 'due', '', count(*), NULL FROM subscriptions WHERE peers_due_at < $1
        """
}

extension BillingFigures {
    fileprivate mutating func take(_ row: Row, now: Timestamp) throws(DatabaseError) {
        let value = Int(try row.int64("value"))
        let provider = PaymentProvider(rawValue: try row.text("provider"))
        switch (try row.text("figure"), provider) {
        case ("waiting", let provider?):
            inboxes[provider, default: .init()].waiting = value
            if let oldest = try row.optionalMoment("oldest") {
                inboxes[provider, default: .init()].lag = max(.zero, now - oldest)
            }
        case ("parked", let provider?): inboxes[provider, default: .init()].parked = value
        case ("unacknowledged", let provider?): unacknowledged[provider] = value
        case ("reconcile", let provider?):
            if let oldest = try row.optionalMoment("oldest") { reconciliationLag[provider] = max(.zero, now - oldest) }
        case ("no tier", _): unusable.withoutTier = value
        case ("no peers", _): unusable.withoutPeers = value
        case ("unpaid", _): unpaidInUse = value
        case ("products", let provider?): productProblems[provider] = value
        case ("tests", let provider?): testPurchases[provider] = value
        case ("frozen", _): frozenPeers = value
        case ("due", _): subscriptionsDue = value
        default: break
        }
    }
}

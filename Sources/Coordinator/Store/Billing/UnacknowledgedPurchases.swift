import Billing
import Database
import Model

/// A purchase that its store waits to hear of.
public struct UnacknowledgedPurchase: Hashable, Sendable {
    public let reference: StoreReference
    public let product: String
    /// When the store first said so to us.
    public let since: Timestamp
}

extension Store {
    /// Purchases that their store waits to hear of, longest first.
    public func unacknowledgedPurchases(
        at provider: PaymentProvider,
        _ environment: BillingEnvironment,
        limit: Int
    ) async throws -> [UnacknowledgedPurchase] {
        try await pool.read { transaction in
            try transaction.query(
                """
                SELECT store_reference, unacknowledged_product, unacknowledged_since FROM subscriptions
                WHERE provider = $1 AND environment = $2 AND unacknowledged_since IS NOT NULL
                ORDER BY unacknowledged_since LIMIT $3
                """,
                .text(provider.rawValue),
                .text(environment.rawValue),
                .int64(Int64(limit))
            )
            .map { row in try UnacknowledgedPurchase(row, at: provider, environment) }
        }
    }

    /// Takes those that are due to be told, longest due first. Each is due again after a pause that doubles from 5 s up
    /// to an hour, so that some that the store refuses do not hold up the others.
    public func takeUnacknowledgedPurchases(
        at provider: PaymentProvider,
        _ environment: BillingEnvironment,
        limit: Int,
        now: Timestamp
    ) async throws -> [UnacknowledgedPurchase] {
        try await pool.transaction { transaction in
            try transaction.query(
                Self.takeUnacknowledged,
                .text(provider.rawValue),
                .text(environment.rawValue),
                .timestamp(now.microseconds),
                .int64(Int64(limit))
            )
            .map { row in try UnacknowledgedPurchase(row, at: provider, environment) }
        }
    }

    /// The store has been told.
    public func recordAcknowledged(_ reference: StoreReference) async throws {
        try await pool.transaction { transaction in
            try transaction.execute(
                """
                UPDATE subscriptions SET unacknowledged_product = NULL, unacknowledged_since = NULL,
                    acknowledge_attempts = 0, acknowledge_at = NULL
                WHERE provider = $1 AND environment = $2 AND store_reference = $3
                """,
                .text(reference.provider.rawValue),
                .text(reference.environment.rawValue),
                .text(reference.text)
            )
        }
    }

    /// Remembers, in the transaction of the entitlement itself, that the store has to be told; or that it knows.
    static func noteAcknowledgement(
        _ effect: InboxEffect,
        of id: SubscriptionID,
        now: Timestamp,
        in transaction: Transaction
    ) {
        guard effect.reference.provider == .google else { return }
        transaction.enqueue(
            """
            UPDATE subscriptions SET unacknowledged_product = $2,
                unacknowledged_since = CASE WHEN $2::text IS NOT NULL THEN coalesce(unacknowledged_since, $3) END,
                acknowledge_attempts = CASE WHEN $2::text IS NOT NULL THEN acknowledge_attempts ELSE 0 END,
                acknowledge_at = CASE WHEN $2::text IS NOT NULL THEN acknowledge_at END
            WHERE id = $1 AND ($2::text IS NOT NULL OR unacknowledged_since IS NOT NULL)
            """,
            .uuid(id.bytes),
            .text(effect.awaitsAcknowledgement),
            .timestamp(now.microseconds)
        )
    }

    private static let takeUnacknowledged: Statement = """
        WITH due AS (
            SELECT id FROM subscriptions
            WHERE provider = $1 AND environment = $2 AND unacknowledged_since IS NOT NULL
                AND (acknowledge_at IS NULL OR acknowledge_at <= $3)
            ORDER BY acknowledge_at NULLS FIRST LIMIT $4 FOR UPDATE SKIP LOCKED)
        UPDATE subscriptions s SET acknowledge_attempts = s.acknowledge_attempts + 1,
            acknowledge_at = $3 + make_interval(secs => least(3600, 5 * power(2, least(s.acknowledge_attempts, 20))))
        FROM due WHERE s.id = due.id
        RETURNING s.store_reference, s.unacknowledged_product, s.unacknowledged_since
        """
}

extension UnacknowledgedPurchase {
    fileprivate init(
        _ row: Row,
        at provider: PaymentProvider,
        _ environment: BillingEnvironment
    ) throws(DatabaseError) {
        reference = StoreReference(
            provider: provider,
            environment: environment,
            text: try row.text("store_reference")
        )
        product = try row.text("unacknowledged_product")
        since = try row.moment("unacknowledged_since")
    }
}

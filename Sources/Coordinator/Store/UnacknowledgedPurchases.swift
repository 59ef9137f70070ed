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
            .map { row in
                UnacknowledgedPurchase(
                    reference: StoreReference(
                        provider: provider,
                        environment: environment,
                        text: try row.text("store_reference")
                    ),
                    product: try row.text("unacknowledged_product"),
                    since: try row.moment("unacknowledged_since")
                )
            }
        }
    }

    /// The store has been told.
    public func recordAcknowledged(_ reference: StoreReference) async throws {
        try await pool.transaction { transaction in
            try transaction.execute(
                """
                UPDATE subscriptions SET unacknowledged_product = NULL, unacknowledged_since = NULL
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
                unacknowledged_since = CASE WHEN $2::text IS NOT NULL THEN coalesce(unacknowledged_since, $3) END
            WHERE id = $1 AND ($2::text IS NOT NULL OR unacknowledged_since IS NOT NULL)
            """,
            .uuid(id.bytes),
            .text(effect.awaitsAcknowledgement),
            .timestamp(now.microseconds)
        )
    }
}

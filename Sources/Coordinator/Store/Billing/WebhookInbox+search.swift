import Billing
import Database

extension Store {
    /// The fields of recorded events in which `key` has this value, newest first.
    ///
    /// For refunds: a charge names an invoice or a payment, and only the invoice's own event names the subscription.
    public func recordedFields(
        _ provider: PaymentProvider,
        where key: String,
        is value: String,
        limit: Int = 20
    ) async throws -> [String] {
        try await pool.read { transaction in
            try transaction.query(
                """
                SELECT fields FROM webhook_inbox WHERE provider = $1 AND fields ->> $2 = $3
                ORDER BY received_at DESC LIMIT $4
                """,
                .text(provider.rawValue),
                .text(key),
                .text(value),
                .int64(Int64(limit))
            )
            .map { row in try row.text("fields") }
        }
    }
}

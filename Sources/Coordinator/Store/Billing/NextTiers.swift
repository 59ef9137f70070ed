import Database
import Model

extension Store {
    /// Lets the tiers begin that were paid for earlier, and makes their peers due.
    static func beginNextTiers(limit: Int, now: Timestamp, in transaction: Transaction) throws(DatabaseError) {
        let begun = try transaction.query(
            beginNextTiers,
            .timestamp(now.microseconds),
            .int64(Int64(limit))
        )
        guard !begun.isEmpty else { return }
        transaction.audit(
            try begun.map { row throws(DatabaseError) in
                AuditEntry(
                    at: now,
                    actor: .system,
                    action: .entitlementChanged,
                    subscriptionID: try row.identifier("id"),
                    detail: "tier to \(try row.optionalText("tier") ?? "none")"
                )
            }
        )
    }

    private static let beginNextTiers: Statement = """
        WITH due AS (
            SELECT id FROM subscriptions WHERE next_tier_at <= $1
            ORDER BY next_tier_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE subscriptions s SET tier = next_tier, products = NULL, next_tier = NULL, next_tier_at = NULL,
            peers_due_at = $1, updated_at = $1
        FROM due WHERE s.id = due.id RETURNING s.id, s.tier
        """
}

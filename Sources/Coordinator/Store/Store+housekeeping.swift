import Database
import Model

extension Store {
    /// Forgets what nobody will ask for again: orders that stayed unpaid, and the memory of requests that could have
    /// been repeated. Every instance may do it, at any time.
    ///
    /// An `Idempotency-Key` is remembered for a day; an unpaid order for a week beyond its end, since Stripe delivers an
    /// event for three days.
    public func forgetWhatIsOver(now: Timestamp) async throws {
        try await removeUnpaidOrders(expiredBefore: now - .seconds(7 * 86_400))
        try await pool.transaction { transaction in
            _ = try transaction.execute(
                "DELETE FROM idempotency_keys WHERE created_at < $1",
                .timestamp((now - .seconds(86_400)).microseconds)
            )
        }
    }
}

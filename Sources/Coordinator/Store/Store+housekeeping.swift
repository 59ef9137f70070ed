import Database
import Model

extension Store {
    /// Forgets what nobody will ask for again: orders that stayed unpaid, and the memory of requests that could have
    /// been repeated. Every instance may do it, at any time.
    ///
    /// An `Idempotency-Key` is remembered for a day, and what a claim's token is derived from for a minute; an unpaid order for a week beyond its end, since Stripe delivers an
    /// event for three days; an event that was carried out for 35, since no store repeats or lists one for longer than
    /// 31 (a Pub/Sub subscription may be set to keep messages so long); a token that is over for 30.
    public func forgetWhatIsOver(now: Timestamp) async throws {
        try await removeUnpaidOrders(expiredBefore: now - .seconds(7 * 86_400))
        try await pool.transaction { transaction in
            _ = try transaction.execute(
                "DELETE FROM idempotency_keys WHERE created_at < $1 OR (key = $2 AND created_at < $3)",
                .timestamp((now - .seconds(86_400)).microseconds),
                .text(TokenClaim.windowName),
                .timestamp((now - Self.claimWindow).microseconds)
            )
            _ = try transaction.execute(
                "DELETE FROM operator_requests WHERE begun_at < $1",
                .timestamp((now - .seconds(86_400)).microseconds)
            )
            _ = try transaction.execute(
                "DELETE FROM webhook_inbox WHERE done_at < $1",
                .timestamp((now - .seconds(35 * 86_400)).microseconds)
            )
            _ = try transaction.execute(
                "DELETE FROM subscription_tokens WHERE least(revoked_at, expires_at) < $1",
                .timestamp((now - .seconds(30 * 86_400)).microseconds)
            )
        }
    }
}

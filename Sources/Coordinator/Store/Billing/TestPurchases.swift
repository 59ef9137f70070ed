import Billing
import Database
import Model

extension Store {
    /// Whether one more test purchase may have access. Whoever else asks waits for the end of the transaction, so that
    /// the limit holds whatever comes at once.
    static func isRoomForTestPurchase(
        _ id: SubscriptionID?,
        _ environment: BillingEnvironment,
        _ terms: TestPurchaseTerms,
        besides others: Int,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> Bool {
        _ = try transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('test purchases', 0))")
        let rows = try transaction.query(
            otherTestPurchases,
            .text(environment.rawValue),
            .timestamp(now.microseconds),
            .uuid(id?.bytes)
        )
        return Int(try rows[0].int64("count")) + others < terms.atOnceMax
    }

    private static let otherTestPurchases: Statement = """
        SELECT count(*) AS count FROM subscriptions
        WHERE environment = $1 AND access_until > $2 AND state IN ('active', 'grace') AND ($3::uuid IS NULL OR id <> $3)
        """
}

import Billing
import Database
import Model

/// Buckets: the row comes first, the bucket after it, so that none is made that nobody knows of.
extension Store {
    /// The subscription's bucket; nil where it has none, or none any more.
    public func bucket(of subscription: SubscriptionID) async throws -> BucketRecord? {
        try await pool.query(Self.findBucket.with(.uuid(subscription.bytes))) { rows in
            try rows.first.map { row in try BucketRecord(row) }
        }
    }

    /// Writes down that the subscription has a bucket, unless it has one: that one is returned then.
    ///
    /// - Parameter name: for a new one.
    /// - Returns: nil where there is no such subscription.
    public func promiseBucket(
        of subscription: SubscriptionID,
        named name: BucketName,
        now: Timestamp
    ) async throws -> BucketRecord? {
        try await pool.transaction { transaction in
            // Whoever erases the subscription waits, or has done so already.
            let lock: Statement = "SELECT id FROM subscriptions WHERE id = $1 FOR KEY SHARE"
            guard try transaction.query(lock, .uuid(subscription.bytes)).first != nil else { return nil }
            let inserted = try transaction.execute(
                """
                INSERT INTO buckets (name, subscription_id, created_at, next_attempt_at)
                VALUES ($1, $2, $3, $3::timestamptz + interval '10 seconds')
                ON CONFLICT (subscription_id) DO NOTHING
                """,
                .text(name.text),
                .uuid(subscription.bytes),
                .timestamp(now.microseconds)
            )
            if inserted > 0 {
                transaction.audit(
                    AuditEntry(at: now, actor: .customer, action: .bucketCreated, subscriptionID: subscription)
                )
            }
            return try transaction.query(Self.findBucket, .uuid(subscription.bytes)).first.map(BucketRecord.init)
        }
    }

    public enum BucketMaking: Hashable, Sendable {
        /// Nobody had said so before.
        case isNew
        case wasKnown
        /// Meanwhile it is to be deleted.
        case isOver
    }

    /// The object store has the bucket.
    public func bucketWasMade(
        _ name: BucketName,
        lease: FleetLease? = nil,
        now: Timestamp
    ) async throws -> BucketMaking {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            let changed = try transaction.execute(
                """
                UPDATE buckets SET made_at = $2, attempts = 0, last_error = NULL
                WHERE name = $1 AND made_at IS NULL AND deletion_at IS NULL
                """,
                .text(name.text),
                .timestamp(now.microseconds)
            )
            guard changed == 0 else { return .isNew }
            let known: Statement = "SELECT 1 FROM buckets WHERE name = $1 AND deletion_at IS NULL"
            return try transaction.query(known, .text(name.text)).isEmpty ? .isOver : .wasKnown
        }
    }

    /// Hands the subscription's bucket over to deletion, at once and for ever; nothing where it has none. The bucket's row
    /// no longer names the subscription, whose own row may go in the same transaction.
    public static func markBucketForDeletion(
        of subscription: SubscriptionID,
        in transaction: Transaction,
        now: Timestamp
    ) {
        // One that is perhaps being made at this moment is let be for longer than making it may take: otherwise it would
        // come into being after its deletion.
        transaction.enqueue(
            """
            UPDATE buckets SET subscription_id = NULL, deletion_at = $2, attempts = 0, last_error = NULL,
                next_attempt_at = $2::timestamptz + CASE WHEN made_at IS NULL THEN interval '2 minutes' ELSE '0' END
            WHERE subscription_id = $1
            """,
            .uuid(subscription.bytes),
            .timestamp(now.microseconds)
        )
    }

    private static let findBucket: Statement = """
        SELECT name, made_at IS NOT NULL AS is_made, ended_at FROM buckets WHERE subscription_id = $1
        """
}

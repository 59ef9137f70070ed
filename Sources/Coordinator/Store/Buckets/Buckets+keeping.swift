import Billing
import Database
import Model

/// What the keeper of the buckets reads and writes, under the fleet's lease.
extension Store {
    /// Notes which subscriptions are over and which are not, or no longer; and hands those buckets over to deletion that
    /// were kept for `retention` after that.
    ///
    /// Only the store's own word ends a subscription: one whose renewal was not heard of is not over.
    public func endBuckets(
        retention: Duration,
        limit: Int,
        lease: FleetLease,
        now: Timestamp
    ) async throws {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            try transaction.execute(Self.noteEnds, .timestamp(now.microseconds))
            try transaction.execute(
                Self.handOver,
                .timestamp(now.microseconds),
                .timestamp((now - retention).microseconds),
                .int64(Int64(limit))
            )
        }
    }

    /// Buckets that were promised and that nobody has made for a while, those longest due first.
    public func bucketsToMake(limit: Int, now: Timestamp) async throws -> [BucketName] {
        try await buckets(Self.toMake, limit: limit, now: now)
    }

    public func bucketsToDelete(limit: Int, now: Timestamp) async throws -> [BucketName] {
        try await buckets(Self.toDelete, limit: limit, now: now)
    }

    private func buckets(_ statement: Statement, limit: Int, now: Timestamp) async throws -> [BucketName] {
        try await pool.query(statement.with(.timestamp(now.microseconds), .int64(Int64(limit)))) { rows in
            try rows.map { row in try row.bucket("name") }
        }
    }

    /// It did not work; the next attempt comes later each time, an hour at most.
    ///
    /// - Parameter reason: for people; nothing of a customer's.
    public func bucketFailed(
        _ name: BucketName,
        reason: String,
        lease: FleetLease,
        now: Timestamp
    ) async throws {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            try transaction.execute(
                """
                UPDATE buckets SET attempts = attempts + 1, last_error = $2, next_attempt_at =
                    $3::timestamptz + make_interval(secs => least(3600, 5 * 2 ^ least(attempts, 10)))
                WHERE name = $1
                """,
                .text(name.text),
                .text(reason),
                .timestamp(now.microseconds)
            )
        }
    }

    /// A part of it was deleted, and the rest can go on: after the others.
    public func bucketShrank(_ name: BucketName, lease: FleetLease, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            try transaction.execute(
                "UPDATE buckets SET attempts = 0, last_error = NULL, next_attempt_at = $2 WHERE name = $1",
                .text(name.text),
                .timestamp(now.microseconds)
            )
        }
    }

    /// The object store no longer has it.
    public func forgetBucket(_ name: BucketName, lease: FleetLease, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            let forgotten = try transaction.execute(
                "DELETE FROM buckets WHERE name = $1 AND deletion_at IS NOT NULL",
                .text(name.text)
            )
            guard forgotten > 0 else { return }
            transaction.audit(AuditEntry(at: now, actor: .system, action: .bucketDeleted, detail: name.text))
        }
    }

    /// Buckets by what is to become of them, and those of which the last attempt failed.
    public func bucketFigures() async throws -> (byState: [String: Int], failing: Int) {
        try await pool.query(Self.figures.with()) { rows in
            var byState: [String: Int] = [:]
            var failing = 0
            for row in rows {
                byState[try row.text("state")] = Int(try row.int64("count"))
                failing += Int(try row.int64("failing"))
            }
            return (byState, failing)
        }
    }

    private static let isOver = "s.state IN ('expired', 'revoked', 'superseded')"

    private static let noteEnds = Statement(
        """
        UPDATE buckets b SET ended_at = CASE WHEN \(isOver) THEN $1::timestamptz END
        FROM subscriptions s WHERE s.id = b.subscription_id AND (\(isOver)) = (b.ended_at IS NULL)
        """
    )

    /// The subscription is looked at anew and locked: one that was renewed at this moment keeps its bucket.
    private static let handOver = Statement(
        """
        WITH due AS (
            SELECT b.name FROM buckets b JOIN subscriptions s ON s.id = b.subscription_id
            WHERE b.ended_at <= $2 AND \(isOver) ORDER BY b.ended_at LIMIT $3 FOR UPDATE OF b FOR SHARE OF s
        )
        UPDATE buckets b SET subscription_id = NULL, deletion_at = $1, attempts = 0, last_error = NULL,
            next_attempt_at = $1
        FROM due WHERE b.name = due.name
        """
    )

    private static let toMake: Statement = """
        SELECT name FROM buckets WHERE made_at IS NULL AND deletion_at IS NULL AND next_attempt_at <= $1
        ORDER BY next_attempt_at LIMIT $2
        """

    private static let toDelete: Statement = """
        SELECT name FROM buckets WHERE deletion_at IS NOT NULL AND next_attempt_at <= $1
        ORDER BY next_attempt_at LIMIT $2
        """

    private static let figures: Statement = """
        SELECT CASE WHEN deletion_at IS NOT NULL THEN 'deleting' WHEN made_at IS NULL THEN 'promised'
            WHEN ended_at IS NOT NULL THEN 'ended' ELSE 'ready' END AS state,
            count(*) AS count, count(*) FILTER (WHERE attempts > 0) AS failing
        FROM buckets GROUP BY 1
        """
}

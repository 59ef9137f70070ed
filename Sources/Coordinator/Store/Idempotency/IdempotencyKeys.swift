import Database
import Model

/// Requests of customers that may come twice. Rows live for a day (`forgetWhatIsOver`).
extension Store {
    /// What is known of a request with this key; nil where it is the first one.
    public func earlierRequest(
        _ key: IdempotencyKey,
        of subscription: SubscriptionID
    ) async throws -> EarlierRequest<NodeID>? {
        try await pool.read { transaction in
            let rows = try transaction.query(Self.findRequest, .uuid(subscription.bytes), .text(key.key))
            return try rows.first.map { row throws(DatabaseError) in try EarlierRequest(row, key) }
        }
    }

    /// Notes that a peer is about to be moved, before it is: a repetition then knows from where.
    ///
    /// - Returns: what is noted: of two at the same moment, the first one's.
    public func beginRequest(
        _ key: IdempotencyKey,
        toMove peer: PeerID,
        of subscription: SubscriptionID,
        from node: NodeID,
        now: Timestamp
    ) async throws -> EarlierRequest<NodeID> {
        try await pool.transaction { transaction in
            try transaction.execute(
                Self.insertMove,
                .uuid(subscription.bytes),
                .text(key.key),
                .bytes(key.requestHash),
                .uuid(peer.bytes),
                .uuid(node.bytes),
                .timestamp(now.microseconds)
            )
            let rows = try transaction.query(Self.findRequest, .uuid(subscription.bytes), .text(key.key))
            return try EarlierRequest(rows[0], key)
        }
    }

    /// Keeps the first answer to a request, once its effect is durable.
    ///
    /// The disk is not waited for: an answer that a crash loses is made anew from what is there then.
    ///
    /// - Returns: the answer that is kept: of two at the same moment, the first one's.
    public func keepAnswer(
        _ answer: StoredAnswer,
        to key: IdempotencyKey,
        of subscription: SubscriptionID,
        now: Timestamp
    ) async throws -> StoredAnswer {
        try await pool.transaction { transaction in
            transaction.enqueue("SET LOCAL synchronous_commit = off")
            let rows = try transaction.query(
                Self.upsertAnswer,
                .uuid(subscription.bytes),
                .text(key.key),
                .bytes(key.requestHash),
                .timestamp(now.microseconds),
                .int16(Int16(answer.status)),
                .bytes(answer.body),
                .text(answer.location)
            )
            return try rows.first.flatMap { row throws(DatabaseError) in try StoredAnswer(row) } ?? answer
        }
    }

    private static let findRequest: Statement = """
        SELECT request_hash, origin_node_id, status, answer, location FROM idempotency_keys
        WHERE subscription_id = $1 AND key = $2
        """

    private static let insertMove: Statement = """
        INSERT INTO idempotency_keys (subscription_id, key, request_hash, peer_id, origin_node_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (subscription_id, key) DO NOTHING
        """

    /// Nothing is written for a subscription whose account was erased meanwhile.
    private static let upsertAnswer: Statement = """
        INSERT INTO idempotency_keys AS k (subscription_id, key, request_hash, created_at, status, answer, location)
        SELECT $1, $2::text, $3::bytea, $4::timestamptz, $5::smallint, $6::bytea, $7::text
        WHERE EXISTS (SELECT FROM subscriptions WHERE id = $1)
        ON CONFLICT (subscription_id, key) DO UPDATE SET status = coalesce(k.status, EXCLUDED.status),
            answer = CASE WHEN k.status IS NULL THEN EXCLUDED.answer ELSE k.answer END,
            location = CASE WHEN k.status IS NULL THEN EXCLUDED.location ELSE k.location END
        RETURNING status, answer, location
        """
}

extension EarlierRequest where Origin == NodeID {
    fileprivate init(_ row: Row, _ key: IdempotencyKey) throws(DatabaseError) {
        if try row.bytes("request_hash") != key.requestHash {
            self = .isAnother
        } else if let answer = try StoredAnswer(row) {
            self = .answered(answer)
        } else {
            self = .begun(try row.optionalIdentifier("origin_node_id"))
        }
    }
}

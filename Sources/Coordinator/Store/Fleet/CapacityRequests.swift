import Database
import Model

/// A node that a region asks of the provider, as an operator sees it.
public struct CapacityRequestRecord: Hashable, Sendable {
    public let id: CapacityRequestID
    public let region: String
    /// proposed, asking, accepted, enrolled, expired or dismissed.
    public let state: String
    public let reason: String
    public let nodeName: String?
    public let attempts: Int
    public let lastError: String?
    public let providerReference: String?
    public let createdBy: String
    public let createdAt: Timestamp
    public let expiresAt: Timestamp
    public let endedAt: Timestamp?

    init(_ row: Row) throws(DatabaseError) {
        id = try row.identifier("id")
        region = try row.text("region")
        state = try row.text("state")
        reason = try row.text("reason")
        nodeName = try row.optionalText("node_name")
        attempts = Int(try row.int32("attempts"))
        lastError = try row.optionalText("last_error")
        providerReference = try row.optionalText("provider_reference")
        createdBy = try row.text("created_by")
        createdAt = try row.moment("created_at")
        expiresAt = try row.moment("expires_at")
        endedAt = try row.optionalMoment("ended_at")
    }
}

/// What became of dismissing a request.
public enum CapacityDismissal: Hashable, Sendable {
    case dismissed(CapacityRequestRecord)
    case isOver(state: String)
    case unknown
}

extension Store {
    /// The newest first.
    public func capacityRequests(openOnly: Bool, after: CapacityRequestID? = nil, limit: Int) async throws
        -> [CapacityRequestRecord]
    {
        let statement = Self.listCapacity.with(
            .bool(openOnly),
            .uuid(after?.bytes),
            .int64(Int64(limit)),
            .uuid(nil)
        )
        return try await pool.query(statement) { rows in try rows.map { row in try CapacityRequestRecord(row) } }
    }

    /// Ends a request: the provider is not asked again, and the token that the node would enrol with is worthless.
    public func dismissCapacityRequest(
        _ id: CapacityRequestID,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) async throws -> CapacityDismissal {
        try await pool.transaction { transaction in
            let row = try transaction.query(
                """
                SELECT c.state, c.ended_at, c.join_token_hash, t.redeemed_at FROM capacity_requests c
                LEFT JOIN join_tokens t ON t.secret_hash = c.join_token_hash WHERE c.id = $1 FOR UPDATE OF c
                """,
                .uuid(id.bytes)
            ).first
            guard let row else { return .unknown }
            guard try row.isNull("ended_at") else { return .isOver(state: try row.text("state")) }
            // Its node is there, and the controllers have not seen it yet: there is nothing left to dismiss.
            guard try row.isNull("redeemed_at") else { return .isOver(state: "enrolled") }
            transaction.enqueue(
                "UPDATE capacity_requests SET state = 'dismissed', ended_at = $2 WHERE id = $1",
                .uuid(id.bytes),
                .timestamp(now.microseconds)
            )
            transaction.enqueue(
                "UPDATE join_tokens SET expires_at = least(expires_at, $2) WHERE secret_hash = $1 AND redeemed_at IS NULL",
                .bytes(try row.optionalBytes("join_token_hash")),
                .timestamp(now.microseconds)
            )
            transaction.audit(AuditEntry(at: now, actor: actor, action: .capacityEnded, detail: "\(id) dismissed"))
            let changed = try transaction.query(
                Self.listCapacity,
                .bool(false),
                .uuid(nil),
                .int64(1),
                .uuid(id.bytes)
            )
            guard let record = changed.first else { return .unknown }
            return .dismissed(try CapacityRequestRecord(record))
        }
    }

    private static let listCapacity: Statement = """
        SELECT c.*, n.name AS node_name FROM capacity_requests c LEFT JOIN nodes n ON n.id = c.node_id
        WHERE (NOT $1 OR c.ended_at IS NULL) AND ($4 IS NULL OR c.id = $4)
            AND ($2 IS NULL OR (c.created_at, c.id) < (SELECT p.created_at, p.id FROM capacity_requests p WHERE p.id = $2))
        ORDER BY c.created_at DESC, c.id DESC LIMIT $3
        """
}

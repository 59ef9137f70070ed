import Database
import Model

/// A join token as an operator sees it: everything but its secret.
public struct JoinTokenRecord: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        case open, redeemed, expired
    }

    /// The first eight bytes of the secret's hash, in hexadecimal.
    public let id: String
    public let region: String
    public let createdAt: Timestamp
    public let expiresAt: Timestamp
    public let redeemedAt: Timestamp?
    public let nodeName: String?

    static func identifier(_ hash: [UInt8]) -> String { Hexadecimal.encode(hash.prefix(8)) }

    public func state(at now: Timestamp) -> State {
        if redeemedAt != nil { return .redeemed }
        return expiresAt > now ? .open : .expired
    }

    init(_ row: Row) throws(DatabaseError) {
        id = Self.identifier(try row.bytes("secret_hash"))
        region = try row.text("region")
        createdAt = try row.moment("created_at")
        expiresAt = try row.moment("expires_at")
        redeemedAt = try row.optionalMoment("redeemed_at")
        nodeName = try row.optionalText("node_name")
    }
}

/// What became of revoking a join token.
public enum JoinTokenRevocation: Hashable, Sendable {
    case revoked
    /// A node has it already: retire the node instead.
    case isRedeemed
    case unknown
}

extension Store {
    /// The newest first.
    ///
    /// - Parameter after: the id of the last one that is known already.
    public func joinTokens(after: String? = nil, limit: Int) async throws -> [JoinTokenRecord] {
        let bytes = after.flatMap { Hexadecimal.decode($0) }
        let statement = Self.listTokens.with(.bytes(bytes), .int64(Int64(limit)))
        return try await pool.query(statement) { rows in try rows.map { row in try JoinTokenRecord(row) } }
    }

    /// Ends a token that no node has used.
    public func revokeJoinToken(
        _ id: String,
        by actor: AuditEntry.Actor,
        undoing entry: Int64? = nil,
        now: Timestamp
    ) async throws -> JoinTokenRevocation {
        guard let bytes = Hexadecimal.decode(id), bytes.count == 8 else { return .unknown }
        return try await pool.transaction { transaction in
            guard let row = try transaction.query(Self.lockTokenByID, .bytes(bytes)).first else { return .unknown }
            guard try row.isNull("redeemed_at") else { return .isRedeemed }
            guard try row.moment("expires_at") > now || entry != nil else { return .revoked }
            transaction.enqueue(
                "UPDATE join_tokens SET expires_at = least(expires_at, $2) WHERE secret_hash = $1",
                .bytes(try row.bytes("secret_hash")),
                .timestamp(now.microseconds)
            )
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: actor,
                    action: .joinTokenRevoked,
                    detail: "region \(try row.text("region"))",
                    undoes: entry
                )
            )
            return .revoked
        }
    }

    private static let listTokens: Statement = """
        SELECT t.secret_hash, t.region, t.created_at, t.expires_at, t.redeemed_at, n.name AS node_name
        FROM join_tokens t LEFT JOIN nodes n ON n.id = t.node_id
        WHERE $1 IS NULL OR (t.created_at, t.secret_hash) < (SELECT p.created_at, p.secret_hash FROM join_tokens p
            WHERE substr(p.secret_hash, 1, 8) = $1)
        ORDER BY t.created_at DESC, t.secret_hash DESC LIMIT $2
        """

    private static let lockTokenByID: Statement = """
        SELECT secret_hash, region, redeemed_at, expires_at FROM join_tokens WHERE substr(secret_hash, 1, 8) = $1
        FOR UPDATE
        """
}

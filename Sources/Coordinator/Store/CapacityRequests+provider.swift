import Cryptography
import Database
import FleetPlanning
import Model

/// A request that the provider is to be asked about now.
public struct DueCapacityRequest: Hashable, Sendable {
    public let id: CapacityRequestID
    public let region: RegionName
    public let reason: String
    /// Asked so often already.
    public let attempts: Int
    public let expiresAt: Timestamp
}

/// What the controllers know of a region's requests.
public struct PendingCapacity: Hashable, Sendable {
    public let openCount: Int
    public let lastDecisionAt: Timestamp
    /// When a node was asked for that did not enrol in time, or a person wanted none.
    public let lastDisappointmentAt: Timestamp?
}

extension Store {
    private static let secretContext = "join-token of a capacity request"

    /// The token of a request: its secret is a keyed hash of the request's id, so that it can be given again with each
    /// attempt, and is stored nowhere.
    public static func joinToken(
        of request: CapacityRequestID,
        region: RegionName,
        authorityPin: [UInt8],
        pepper: Pepper
    ) -> JoinToken {
        JoinToken(
            region: region,
            authorityPin: authorityPin,
            secret: Secret(pepper.hash(request.bytes, context: secretContext))
        )
    }

    /// By region: what is asked for or proposed, and when a node was last decided about or has joined.
    ///
    /// A node that has just enrolled is pending for a minute more: until peers have begun to move to it, what they lack
    /// is still on record.
    public func pendingCapacity(now: Timestamp) async throws -> [RegionName: PendingCapacity] {
        try await pool.query(Self.pending.with(.timestamp((now - .seconds(60)).microseconds))) { rows in
            var pending: [RegionName: PendingCapacity] = [:]
            for row in rows {
                pending[try row.region("region")] = PendingCapacity(
                    openCount: Int(try row.int64("open")),
                    lastDecisionAt: try row.moment("decided_at"),
                    lastDisappointmentAt: try row.optionalMoment("disappointed_at")
                )
            }
            return pending
        }
    }

    /// Writes a decision down: as a proposal for a person, or as a request that is made at once, with its join token.
    ///
    /// - Parameter token: makes the token of a request; nil leaves a proposal.
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func recordCapacityDecision(
        region: RegionName,
        reason: String,
        lifetime: Duration,
        pepper: Pepper,
        token: (@Sendable (CapacityRequestID) -> JoinToken)?,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> CapacityRequestID {
        let id = CapacityRequestID.random()
        let expiresAt = now + lifetime
        let hash = token.map { Self.hash($0(id).secret, pepper) }
        try await pool.transaction { transaction in
            try transaction.require(lease)
            if let hash {
                transaction.enqueue(
                    Self.insertJoinToken,
                    .bytes(hash),
                    .int16(pepper.version),
                    .text(region.text),
                    .timestamp(now.microseconds),
                    .timestamp(expiresAt.microseconds)
                )
            }
            transaction.enqueue(
                Self.insertRequest,
                .uuid(id.bytes),
                .text(region.text),
                .text(hash == nil ? "proposed" : "asking"),
                .text(reason),
                .bytes(hash),
                .timestamp(now.microseconds),
                .timestamp(expiresAt.microseconds)
            )
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: .system,
                    action: .capacityRequested,
                    detail: "\(id): \(hash == nil ? "proposed" : "asked") for \(region): \(reason)"
                )
            )
        }
        return id
    }

    /// Ends what has come to its end: requests whose token a node has used are fulfilled, those beyond their time have
    /// expired, and their tokens with them.
    ///
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func settleCapacityRequests(lease: FleetLease?, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            // Whoever enrols at this moment holds the token's lock, and is seen by what is read after.
            try transaction.execute(Self.revokeOverdue, .timestamp(now.microseconds))
            let results = try transaction.executeAll([
                Self.markEnrolled.with(.timestamp(now.microseconds)),
                Self.markExpired.with(.timestamp(now.microseconds)),
            ])
            for (rows, word) in zip(results, ["enrolled", "expired"]) {
                for row in rows {
                    let id: CapacityRequestID = try row.identifier("id")
                    transaction.audit(
                        AuditEntry(
                            at: now,
                            actor: .system,
                            action: .capacityEnded,
                            nodeID: try row.optionalIdentifier("node_id"),
                            detail: "\(id): \(word)"
                        )
                    )
                }
            }
        }
    }

    public func dueCapacityRequests(now: Timestamp) async throws -> [DueCapacityRequest] {
        try await pool.query(Self.dueRequests.with(.timestamp(now.microseconds))) { rows in
            try rows.map { row in
                DueCapacityRequest(
                    id: try row.identifier("id"),
                    region: try row.region("region"),
                    reason: try row.text("reason"),
                    attempts: Int(try row.int32("attempts")),
                    expiresAt: try row.moment("expires_at")
                )
            }
        }
    }

    /// Records what the provider said, and when it is asked again. What has ended meanwhile is left alone.
    ///
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func recordProviderAnswer(
        to request: CapacityRequestID,
        isAccepted: Bool,
        reference: String?,
        error: String?,
        nextAttemptAt: Timestamp,
        lease: FleetLease?
    ) async throws {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            transaction.enqueue(
                Self.writeAnswer,
                .uuid(request.bytes),
                .bool(isAccepted),
                .text(reference),
                .text(error),
                .timestamp(nextAttemptAt.microseconds)
            )
        }
    }

    private static let pending: Statement = """
        SELECT region, sum(open)::bigint AS open, max(decided_at) AS decided_at,
            max(disappointed_at) AS disappointed_at FROM (
            SELECT region, count(*) FILTER (WHERE ended_at IS NULL OR state = 'enrolled' AND ended_at > $1) AS open,
                max(created_at) AS decided_at,
                -- One that nobody was asked for has disappointed nobody when its time is up.
                max(CASE WHEN state = 'dismissed' THEN ended_at ELSE created_at END)
                    FILTER (WHERE state = 'dismissed' OR state = 'expired' AND join_token_hash IS NOT NULL)
                    AS disappointed_at
            FROM capacity_requests GROUP BY region
            UNION ALL
            SELECT region, 0, max(enrolled_at), NULL FROM nodes WHERE retired_at IS NULL GROUP BY region) AS known
        GROUP BY region
        """

    private static let insertRequest: Statement = """
        INSERT INTO capacity_requests (id, region, state, reason, join_token_hash, next_attempt_at, created_by,
            created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'system', $6, $7)
        """

    private static let markEnrolled: Statement = """
        UPDATE capacity_requests c SET state = 'enrolled', node_id = t.node_id, ended_at = $1, last_error = NULL
        FROM join_tokens t WHERE c.ended_at IS NULL AND t.secret_hash = c.join_token_hash AND t.node_id IS NOT NULL
        RETURNING c.id, c.node_id
        """

    private static let revokeOverdue: Statement = """
        UPDATE join_tokens t SET expires_at = least(t.expires_at, $1) FROM capacity_requests c
        WHERE c.ended_at IS NULL AND c.expires_at <= $1 AND t.secret_hash = c.join_token_hash AND t.redeemed_at IS NULL
        """

    private static let markExpired: Statement = """
        UPDATE capacity_requests SET state = 'expired', ended_at = $1
        WHERE ended_at IS NULL AND expires_at <= $1 RETURNING id, node_id
        """

    private static let dueRequests: Statement = """
        SELECT id, region, reason, attempts, expires_at FROM capacity_requests
        WHERE ended_at IS NULL AND state IN ('asking', 'accepted') AND next_attempt_at <= $1
        ORDER BY next_attempt_at LIMIT 20
        """

    private static let writeAnswer: Statement = """
        UPDATE capacity_requests SET attempts = attempts + 1, next_attempt_at = $5, last_error = $4,
            state = CASE WHEN $2 THEN 'accepted' ELSE state END,
            provider_reference = coalesce($3, provider_reference)
        WHERE id = $1 AND ended_at IS NULL
        """
}

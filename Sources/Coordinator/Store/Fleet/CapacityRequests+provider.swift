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

    /// By region: what is asked for or proposed, and when a node was last decided about, has joined or has left. A proposal
    /// whose time is up is no part of it: it is made again where it is still needed.
    ///
    /// A node that has just enrolled is pending for a minute more: until peers have begun to move to it, what they lack
    /// is still on record.
    public func pendingCapacity(now: Timestamp) async throws -> [RegionName: PendingCapacity] {
        let statement = Self.pending.with(
            .timestamp((now - .seconds(60)).microseconds),
            .timestamp(now.microseconds)
        )
        return try await pool.query(statement) { rows in
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

    /// Writes a decision down: as a proposal for a person, or as a request that is made at once, with its join token. A
    /// proposal whose time is up is prolonged instead: a need that lasts is said once.
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
        return try await pool.transaction { transaction in
            try transaction.require(lease)
            if hash == nil {
                let prolonged = try transaction.query(
                    Self.prolongProposal,
                    .text(region.text),
                    .text(reason),
                    .timestamp(now.microseconds),
                    .timestamp(expiresAt.microseconds)
                )
                if let row = prolonged.first { return try row.identifier("id") }
            }
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
            return id
        }
    }

    /// Ends the proposals whose time is up and that nobody has prolonged: the region needs no node any more.
    ///
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func endOldProposals(lease: FleetLease?, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            let ended = try transaction.query(Self.endProposals, .timestamp(now.microseconds))
            transaction.audit(try ended.map { row in try Self.ended(row, "expired", now) })
        }
    }

    private static func ended(_ row: Row, _ word: String, _ now: Timestamp) throws(DatabaseError) -> AuditEntry {
        let id: CapacityRequestID = try row.identifier("id")
        return AuditEntry(
            at: now,
            actor: .system,
            action: .capacityEnded,
            nodeID: try row.optionalIdentifier("node_id"),
            detail: "\(id): \(word)"
        )
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
                transaction.audit(try rows.map { row in try Self.ended(row, word, now) })
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
            SELECT region, count(*) FILTER (WHERE CASE WHEN ended_at IS NULL THEN state <> 'proposed' OR expires_at > $2
                    ELSE state = 'enrolled' AND ended_at > $1 END) AS open,
                max(created_at) AS decided_at,
                -- One that nobody was asked for has disappointed nobody when its time is up.
                max(CASE WHEN state = 'dismissed' THEN ended_at ELSE created_at END)
                    FILTER (WHERE state = 'dismissed' OR state = 'expired' AND join_token_hash IS NOT NULL)
                    AS disappointed_at
            FROM capacity_requests GROUP BY region
            UNION ALL
            SELECT region, 0, max(enrolled_at), NULL FROM nodes WHERE retired_at IS NULL GROUP BY region
            UNION ALL
            SELECT n.region, 0, max(coalesce(o.ended_at, o.created_at)), NULL
            FROM operations o JOIN nodes n ON n.id = o.node_id
            WHERE o.kind = 'drain' AND o.then_retire AND o.created_by = 'system' GROUP BY n.region) AS known
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
        WHERE ended_at IS NULL AND expires_at <= $1 AND state <> 'proposed' RETURNING id, node_id
        """

    private static let endProposals: Statement = """
        UPDATE capacity_requests SET state = 'expired', ended_at = $1
        WHERE ended_at IS NULL AND expires_at <= $1 AND state = 'proposed' RETURNING id, node_id
        """

    private static let prolongProposal: Statement = """
        UPDATE capacity_requests SET reason = $2, expires_at = $4 WHERE id = (
            SELECT id FROM capacity_requests
            WHERE region = $1 AND state = 'proposed' AND ended_at IS NULL AND expires_at <= $3
            ORDER BY created_at LIMIT 1)
        RETURNING id
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

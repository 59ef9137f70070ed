import Database
import LinkProtocol
import Model

/// What a link writes into its node's row.
extension Store {
    /// Makes `session` the node's link, unless another one is alive.
    ///
    /// - Parameters:
    ///   - endpoint: where clients reach the node.
    ///   - silenceLimit: how long a link may be silent before another may take its place: two heartbeats. One that was
    ///     heard in the future was heard by a clock that has been put right since.
    public func openLink(
        of node: NodeID,
        on instance: InstanceID,
        session: LinkSessionID,
        hello: Hello,
        endpoint: HostPort,
        silenceLimit: Duration,
        now: Timestamp
    ) async throws(DatabaseError) -> Result<LinkedNode, LinkRefusal> {
        try await pool.transactionResult { (transaction) throws(DatabaseError) in
            guard let row = try transaction.query(Self.lockForLink, .uuid(node.bytes)).first else {
                return .failure(.unknownNode)
            }
            if try !row.isNull("retired_at") { return .failure(.retired) }
            if try row.publicKey("wireguard_public_key") != hello.wireguardPublicKey {
                return .failure(.wireGuardKeyDiffers)
            }
            if try !row.isNull("link_session"), let heardAt = try row.optionalMoment("heard_at"),
                heardAt > now - silenceLimit, heardAt <= now + silenceLimit
            {
                return .failure(.alreadyLinked)
            }
            transaction.enqueue(
                Self.takeLink,
                .uuid(node.bytes),
                .uuid(instance.bytes),
                .uuid(session.bytes),
                .timestamp(now.microseconds),
                .text(hello.agentVersion.forStorage),
                .text(endpoint.description)
            )
            let digest = TableDigest(bytes: try row.bytes("applied_digest"))
            return .success(
                LinkedNode(
                    revision: try row.revision("revision"),
                    appliedRevision: try row.revision("applied_revision"),
                    appliedDigest: digest ?? .empty,
                    desiredVersion: try row.optionalText("desired_version")
                )
            )
        }
    }

    /// Frees the node for its next link. A link that was superseded changes nothing.
    public func closeLink(of node: NodeID, session: LinkSessionID) async throws {
        try await pool.transaction { transaction in
            _ = try transaction.execute(
                """
                UPDATE nodes SET link_instance = NULL, link_session = NULL
                WHERE id = $1 AND link_session = $2
                """,
                .uuid(node.bytes),
                .uuid(session.bytes)
            )
        }
    }

    /// - Returns: the version of the agent that a rollout wants on the node; nil for none.
    /// - Throws: `LinkSuperseded`, or `DatabaseError`.
    @discardableResult
    public func recordHeartbeat(
        _ heartbeat: Heartbeat,
        of node: NodeID,
        session: LinkSessionID,
        nextWithin interval: Duration,
        now: Timestamp
    ) async throws -> String? {
        let conditions = ReportedConditions(heartbeat.conditions)
        let skew = (heartbeat.sentAt.microseconds.subtractingReportingOverflow(now.microseconds)).partialValue / 1000
        return try await pool.transaction { transaction in
            let updated = try transaction.query(
                Self.writeHeartbeat,
                .uuid(node.bytes),
                .uuid(session.bytes),
                .timestamp(now.microseconds),
                .int32(Int32(clamping: heartbeat.peersInKernel)),
                .int32(Int32(clamping: heartbeat.peersRecentlyActive)),
                .int64(Int64(clamping: heartbeat.driftRepaired)),
                .int32(Int32(clamping: heartbeat.cpuBusyPermille)),
                .int32(Int32(clamping: heartbeat.loadPermille)),
                .int64(Int64(clamping: heartbeat.memoryTotalBytes)),
                .int64(Int64(clamping: heartbeat.memoryAvailableBytes)),
                .int64(Int64(clamping: heartbeat.receivedBytes)),
                .int64(Int64(clamping: heartbeat.sentBytes)),
                .int64(skew),
                .int32(Int32(clamping: heartbeat.peersInTable)),
                .int32(Int32(clamping: heartbeat.peersLingering)),
                .int64(Int64(clamping: heartbeat.appliedRevision.number)),
                .int32(Int32(clamping: Int64(interval / .milliseconds(1)))),
                conditions.kindsParameter,
                conditions.detailsParameter,
                .bool(heartbeat.ipv6Unavailable),
                .int64(Int64(clamping: heartbeat.stateDiskFreeBytes))
            )
            guard let row = updated.first else { throw LinkSuperseded() }
            return try row.optionalText("desired_version")
        }
    }

    private static let lockForLink: Statement = """
        SELECT revision, applied_revision, applied_digest, retired_at, wireguard_public_key, link_session, heard_at,
            desired_version
        FROM nodes WHERE id = $1 FOR UPDATE
        """

    private static let takeLink: Statement = """
        UPDATE nodes SET link_instance = $2, link_session = $3, heard_at = $4, agent_version = $5, endpoint = $6
        WHERE id = $1
        """

    private static let writeHeartbeat: Statement = """
        UPDATE nodes SET heard_at = $3, peers_in_kernel = $4, peers_recently_active = $5, drift_repaired = $6,
            cpu_busy_permille = $7, load_permille = $8, memory_total_bytes = $9, memory_available_bytes = $10,
            received_bytes = $11, sent_bytes = $12, clock_skew_ms = $13, peers_in_table = $14, peers_lingering = $15,
            heartbeat_revision = $16, heartbeat_interval_ms = $17,
            condition_kinds = $18, condition_details = $19,
            conditions_since = CASE WHEN cardinality($18) > 0 THEN coalesce(conditions_since, $3) END,
            trouble_changes = trouble_changes + (condition_kinds <> $18)::integer,
            ipv6_unavailable = $20, state_disk_free_bytes = $21
        WHERE id = $1 AND link_session = $2 AND retired_at IS NULL
        RETURNING desired_version
        """
}

extension String {
    /// A peer's own words, fit for a column: no control characters, 200 characters at most.
    var forStorage: String {
        String(
            String.UnicodeScalarView(unicodeScalars.lazy.filter { $0.value >= 0x20 && $0.value != 0x7f }.prefix(200))
        )
    }
}

import Database
import LinkProtocol
import Model

/// What a link writes into its node's row.
extension Store {
    /// Makes `session` the node's link, unless another one is alive.
    ///
    /// - Parameters:
    ///   - endpoint: where clients reach the node, as it says; `policy` says what becomes of that.
    ///   - address: where the link comes from.
    ///   - silenceLimit: how long a link may be silent before another may take its place: two heartbeats. One that was
    ///     heard in the future was heard by a clock that has been put right since.
    public func openLink(
        of node: NodeID,
        on instance: InstanceID,
        session: LinkSessionID,
        hello: Hello,
        endpoint: HostPort,
        from address: IPAddress? = nil,
        policy: LinkPolicy = LinkPolicy(),
        silenceLimit: Duration,
        now: Timestamp
    ) async throws(DatabaseError) -> Result<LinkedNode, LinkRefusal> {
        let machine = LinkMachine(bootID: hello.bootID, address: address)
        // A refusal is written down too, so it does not roll back.
        let opened: Result<Result<LinkedNode, LinkRefusal>, Never> = try await pool.transactionResult {
            (transaction) throws(DatabaseError) in
            guard let row = try transaction.query(Self.lockForLink, .uuid(node.bytes)).first else {
                return .success(.failure(.unknownNode))
            }
            let isAlive = try Self.isAlive(row, silenceLimit: silenceLimit, now: now)
            if let refusal = try Self.refusal(hello, machine, of: node, row, isAlive, policy, now, transaction) {
                return .success(.failure(refusal))
            }
            let endpoint = try Self.settle(endpoint, of: node, row, policy.endpoints, now: now, in: transaction)
            transaction.enqueue(
                Self.takeLink,
                .uuid(node.bytes),
                .uuid(instance.bytes),
                .uuid(session.bytes),
                .timestamp(now.microseconds),
                .text(hello.agentVersion.forStorage),
                .text(endpoint.told),
                .text(endpoint.pending),
                .timestamp(endpoint.changedAt?.microseconds),
                .bytes(machine.bootID),
                .text(machine.address)
            )
            return .success(.success(try Self.linkedNode(row)))
        }
        return opened.get()
    }

    private static func linkedNode(_ row: Row) throws(DatabaseError) -> LinkedNode {
        LinkedNode(
            revision: try row.revision("revision"),
            appliedRevision: try row.revision("applied_revision"),
            appliedDigest: TableDigest(bytes: try row.bytes("applied_digest")) ?? .empty,
            desiredVersion: try row.optionalText("desired_version")
        )
    }

    private static func isAlive(_ row: Row, silenceLimit: Duration, now: Timestamp) throws(DatabaseError) -> Bool {
        guard try !row.isNull("link_session"), let heardAt = try row.optionalMoment("heard_at") else { return false }
        return heardAt > now - silenceLimit && heardAt <= now + silenceLimit
    }

    /// Why the link may not be; what another machine tries is written down.
    private static func refusal(
        _ hello: Hello,
        _ machine: LinkMachine,
        of node: NodeID,
        _ row: Row,
        _ isAlive: Bool,
        _ policy: LinkPolicy,
        _ now: Timestamp,
        _ transaction: Transaction
    ) throws(DatabaseError) -> LinkRefusal? {
        if try !row.isNull("retired_at") { return .retired }
        if try row.publicKey("wireguard_public_key") != hello.wireguardPublicKey { return .wireGuardKeyDiffers }
        let known = try KnownMachines(row)
        if isAlive {
            guard known.hasOtherBoot(machine) else { return .alreadyLinked }
            if known.rivalBootID != machine.bootID {
                transaction.enqueue(noteRival, .uuid(node.bytes), .bytes(machine.bootID))
            }
            return known.address == machine.address ? .alreadyLinked : .linkedElsewhere
        }
        guard known.isOther(machine) else { return nil }
        let column = policy.refusesOtherMachines ? "machine_refused_at" : "taken_over_at"
        if try isOver(row.optionalMoment(.name(column)), .seconds(policy.refusesOtherMachines ? 86_400 : 3600), now) {
            transaction.enqueue(
                policy.refusesOtherMachines ? noteRefusedMachine : noteTakeOver,
                .uuid(node.bytes),
                .timestamp(now.microseconds)
            )
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: .node,
                    action: policy.refusesOtherMachines ? .machineRefused : .linkTakenOver,
                    nodeID: node
                )
            )
        }
        return policy.refusesOtherMachines ? .otherMachine : nil
    }

    /// Whether something may be written to the audit log again.
    static func isOver(_ last: Timestamp?, _ pause: Duration, _ now: Timestamp) -> Bool {
        last.map { $0 <= now - pause || $0 > now } ?? true
    }

    /// What clients are told from now on, and what waits for an operator.
    private static func settle(
        _ stated: HostPort,
        of node: NodeID,
        _ row: Row,
        _ policy: EndpointPolicy,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> (told: String, pending: String?, changedAt: Timestamp?) {
        let known = try row.text("endpoint")
        let changedAt = try row.optionalMoment("endpoint_changed_at")
        func audit(_ action: AuditEntry.Action) {
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: .node,
                    action: action,
                    nodeID: node,
                    change: endpointChange(from: known, to: "\(stated)")
                )
            )
        }
        switch policy.judge(stated, known: HostPort(known), changedAt: changedAt, now: now) {
        case .same:
            return (known, nil, changedAt)
        case .taken:
            audit(.endpointChanged)
            return ("\(stated)", nil, now)
        case .held:
            let isNews = try row.optionalText("endpoint_pending") != "\(stated)"
            guard isNews, isOver(changedAt, EndpointPolicy.pause, now) else { return (known, "\(stated)", changedAt) }
            audit(.endpointHeld)
            return (known, "\(stated)", now)
        }
    }

    /// Endpoints have no character that JSON would have to escape.
    static func endpointChange(from: String, to: String) -> String {
        #"{"from": {"endpoint": "\#(from)"}, "to": {"endpoint": "\#(to)"}}"#
    }

    /// Makes `session` the node's link for one renewal, unless any link of the node is alive.
    public func openRenewalLink(
        of node: NodeID,
        session: LinkSessionID,
        silenceLimit: Duration,
        now: Timestamp
    ) async throws -> Bool {
        // The session itself ends within a minute.
        let limit = CoordinatorSession.renewalLimit + .seconds(5)
        return try await pool.transaction { transaction in
            try transaction.execute(
                Self.takeRenewal,
                .uuid(node.bytes),
                .uuid(session.bytes),
                .timestamp(now.microseconds),
                .timestamp((now - limit).microseconds),
                .timestamp((now - silenceLimit).microseconds),
                .timestamp((now + silenceLimit).microseconds)
            ) > 0
        }
    }

    /// Frees the node for its next link. A link that was superseded changes nothing.
    public func closeLink(of node: NodeID, session: LinkSessionID) async throws {
        try await pool.transaction { transaction in
            _ = try transaction.execute(
                """
                UPDATE nodes SET link_instance = CASE WHEN link_session = $2 THEN NULL ELSE link_instance END,
                    link_session = nullif(link_session, $2), renewal_session = nullif(renewal_session, $2)
                WHERE id = $1 AND (link_session = $2 OR renewal_session = $2)
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
            if try row.bool("has_rival"), try Self.isOver(row.optionalMoment("duplicated_at"), .seconds(86_400), now) {
                transaction.enqueue(Self.noteDuplicate, .uuid(node.bytes), .timestamp(now.microseconds))
                transaction.audit(AuditEntry(at: now, actor: .node, action: .nodeDuplicated, nodeID: node))
            }
            return try row.optionalText("desired_version")
        }
    }

    private static let lockForLink: Statement = """
        SELECT revision, applied_revision, applied_digest, retired_at, wireguard_public_key, link_session, heard_at,
            desired_version, endpoint, endpoint_pending, endpoint_changed_at, machine_boot_id, machine_address,
            machine_refused_at, taken_over_at, rival_boot_id, duplicated_at
        FROM nodes WHERE id = $1 FOR UPDATE
        """

    private static let takeLink: Statement = """
        UPDATE nodes SET link_instance = $2, link_session = $3, heard_at = $4, agent_version = $5, endpoint = $6,
            endpoint_pending = $7, endpoint_changed_at = $8, machine_boot_id = $9, machine_address = $10,
            machine_refused_at = NULL, rival_boot_id = NULL
        WHERE id = $1
        """

    private static let noteRival: Statement = "UPDATE nodes SET rival_boot_id = $2 WHERE id = $1"
    private static let noteTakeOver: Statement = "UPDATE nodes SET taken_over_at = $2 WHERE id = $1"
    private static let noteRefusedMachine: Statement = "UPDATE nodes SET machine_refused_at = $2 WHERE id = $1"
    private static let noteDuplicate: Statement = "UPDATE nodes SET duplicated_at = $2 WHERE id = $1"

    private static let takeRenewal: Statement = """
        UPDATE nodes SET renewal_session = $2, renewal_at = $3
        WHERE id = $1 AND retired_at IS NULL
            AND (renewal_session IS NULL OR coalesce(renewal_at <= $4 OR renewal_at > $3, true))
            AND (link_session IS NULL OR coalesce(heard_at <= $5 OR heard_at > $6, true))
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
        RETURNING desired_version, rival_boot_id IS NOT NULL AS has_rival, duplicated_at
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

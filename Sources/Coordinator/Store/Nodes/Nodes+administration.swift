import Database
import Model

/// What operators do to nodes, each by its name or its id.
extension Store {
    /// Nodes that are not retired, by region and name.
    ///
    /// - Parameters:
    ///   - after: the name of the last node that is known already.
    ///   - region: leaves out all others.
    public func nodes(region: String? = nil, after: String? = nil, limit: Int = .max) async throws -> [NodeRecord] {
        let statement = Self.listNodes.with(
            .text(nil),
            .text(region),
            .text(after),
            .int64(Int64(limit)),
            .uuid(nil)
        )
        return try await pool.query(statement) { rows in try rows.map { row in try NodeRecord(row) } }
    }

    /// Nil where no node has this name or this id, or only a retired one.
    public func node(named name: String) async throws -> NodeRecord? {
        let statement = Self.listNodes.with(
            .text(name),
            .text(nil),
            .text(nil),
            .int64(1),
            .uuid(NodeID(name)?.bytes)
        )
        return try await pool.query(statement) { rows in try rows.first.map { row in try NodeRecord(row) } }
    }

    /// Keeps new peers away from a node, or lets them come again; its peers stay in either case.
    public func setCordon(
        _ isCordoned: Bool,
        ofNodeNamed name: String,
        by actor: AuditEntry.Actor = .console,
        undoing entry: Int64? = nil,
        now: Timestamp
    ) async throws -> NodeChange {
        try await pool.transaction { transaction in
            guard let row = try transaction.lockNode(named: name) else { return .unknownNode }
            let node: NodeID = try row.identifier("id")
            guard try row.bool("cordoned") != isCordoned else {
                // A drain lifts what it made when it is cancelled, and not what somebody has asked for since.
                guard isCordoned, try transaction.execute(Self.keepCordon, .uuid(node.bytes)) > 0 else {
                    return .unchanged
                }
                transaction.audit(
                    AuditEntry(at: now, actor: actor, action: .nodeCordoned, nodeID: node, undoes: entry)
                )
                return .changed(peerCount: Int(try row.int32("peer_count")))
            }
            if !isCordoned, let operation: OperationID = try row.optionalIdentifier("operation_id") {
                return .isBeingDrained(operation)
            }
            _ = try transaction.execute(
                "UPDATE nodes SET cordoned = $2 WHERE id = $1",
                .uuid(node.bytes),
                .bool(isCordoned)
            )
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: actor,
                    action: isCordoned ? .nodeCordoned : .nodeUncordoned,
                    nodeID: node,
                    undoes: entry
                )
            )
            return .changed(peerCount: Int(try row.int32("peer_count")))
        }
    }

    /// Agrees to what waits for an operator: the endpoint that the node states, and the machine that it runs on.
    public func acceptNode(
        named name: String,
        by actor: AuditEntry.Actor = .console,
        now: Timestamp
    ) async throws -> NodeChange {
        try await pool.transaction { transaction in
            guard let row = try transaction.query(Self.lockPending, .text(name)).first else { return .unknownNode }
            let pending = try row.optionalText("endpoint_pending")
            guard try pending != nil || !row.isNull("machine_refused_at") else { return .unchanged }
            let node: NodeID = try row.identifier("id")
            transaction.enqueue(Self.acceptPending, .uuid(node.bytes), .timestamp(now.microseconds))
            let endpoint = try row.text("endpoint")
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: actor,
                    action: .nodeAccepted,
                    nodeID: node,
                    change: pending.map { Self.endpointChange(from: endpoint, to: $0) }
                )
            )
            return .changed(peerCount: Int(try row.int32("peer_count")))
        }
    }

    /// Takes a node out of the fleet for good: its certificate is refused from now on, and the peers that it still has
    /// get places elsewhere.
    ///
    /// - Parameter force: also one that peers still have their place on.
    public func retireNode(
        named name: String,
        force: Bool = true,
        by actor: AuditEntry.Actor = .console,
        now: Timestamp
    ) async throws -> NodeChange {
        try await pool.transaction { transaction in
            guard let row = try transaction.lockNode(named: name) else { return .unknownNode }
            let node: NodeID = try row.identifier("id")
            let placed = Int(try row.int64("placed"))
            guard force || placed == 0 else { return .hasPeers(placed) }
            transaction.enqueue(Self.endOperation, .uuid(node.bytes), .timestamp(now.microseconds))
            try transaction.retire(node, by: actor, now: now)
            transaction.audit(AuditEntry(at: now, actor: actor, action: .nodeRetired, nodeID: node))
            return .changed(peerCount: Int(try row.int32("peer_count")))
        }
    }

    /// Whether the database holds anything that was hashed with the pepper or signed by the authority.
    public func dependsOnSecrets() async throws -> Bool {
        try await pool.read { transaction in
            try transaction.query(Self.anySecretsUsed)[0].bool("used")
        }
    }

    private static let listNodes: Statement = """
        SELECT n.*, n.retired_at IS NOT NULL AS is_retired, n.endpoint_pending IS NOT NULL AS is_endpoint_pending,
            cardinality(n.condition_kinds) > 0 OR n.refusing_since IS NOT NULL AS is_out_of_order, o.id AS operation_id, o.kind AS operation_kind,
            ARRAY(SELECT key FROM jsonb_each_text(n.labels) ORDER BY key) AS label_keys,
            ARRAY(SELECT value FROM jsonb_each_text(n.labels) ORDER BY key) AS label_values
        FROM nodes n LEFT JOIN operations o ON o.node_id = n.id AND o.ended_at IS NULL
        WHERE n.retired_at IS NULL AND ($1::text IS NULL OR n.name = $1 OR n.id = $5) AND ($2::text IS NULL OR n.region = $2)
            AND ($3::text IS NULL OR (n.region, n.name) > (SELECT p.region, p.name FROM nodes p
                WHERE p.name = $3 AND p.retired_at IS NULL))
        -- An id comes before another node's name that looks like it.
        ORDER BY n.id = $5 DESC NULLS LAST, n.region, n.name LIMIT $4
        """

    private static let lockPending: Statement = """
        SELECT id, endpoint, endpoint_pending, machine_refused_at, peer_count FROM nodes
        WHERE name = $1 AND retired_at IS NULL FOR NO KEY UPDATE
        """

    /// A machine that is not known is taken as it comes.
    private static let acceptPending: Statement = """
        UPDATE nodes SET endpoint = coalesce(endpoint_pending, endpoint), endpoint_pending = NULL,
            endpoint_changed_at = $2, machine_refused_at = NULL,
            machine_boot_id = CASE WHEN machine_refused_at IS NULL THEN machine_boot_id END
        WHERE id = $1
        """

    private static let keepCordon: Statement =
        "UPDATE operations SET made_cordon = false WHERE node_id = $1 AND ended_at IS NULL AND made_cordon"

    private static let endOperation: Statement = """
        UPDATE operations SET state = 'cancelled', reason = 'the node was retired', updated_at = $2, ended_at = $2
        WHERE node_id = $1 AND ended_at IS NULL
        """

    private static let anySecretsUsed: Statement = """
        SELECT EXISTS (SELECT FROM nodes) OR EXISTS (SELECT FROM join_tokens)
            OR EXISTS (SELECT FROM subscription_tokens) OR EXISTS (SELECT FROM operator_certificates) AS used
        """
}

extension Transaction {
    /// Locks the node, and reads what it holds behind the lock: a statement that has waited for one sees the rows of
    /// other tables as they were before.
    ///
    /// - Returns: nil where no node has this name or this id, or only a retired one.
    func lockNode(named name: String) throws(DatabaseError) -> Row? {
        guard let locked = try query(Self.lockNamed, .text(name), .uuid(NodeID(name)?.bytes)).first else { return nil }
        return try query(Self.readLocked, .uuid(try locked.uuid("id"))).first
    }

    private static let lockNamed: Statement = """
        SELECT id FROM nodes WHERE (name = $1 OR id = $2) AND retired_at IS NULL
        ORDER BY id = $2 DESC NULLS LAST LIMIT 1 FOR NO KEY UPDATE
        """

    private static let readLocked: Statement = """
        SELECT n.id, n.cordoned, n.peer_count, (SELECT count(*) FROM assignments a
            WHERE a.node_id = n.id AND a.state IN ('installing', 'active') AND a.moves_from IS NULL) AS placed,
            o.id AS operation_id, o.state AS operation_state, o.kind AS operation_kind
        FROM nodes n LEFT JOIN operations o ON o.node_id = n.id AND o.ended_at IS NULL
        WHERE n.id = $1 AND n.retired_at IS NULL
        """
}

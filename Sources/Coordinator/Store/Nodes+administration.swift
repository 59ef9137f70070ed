import Database
import Model

/// What operators do to nodes, by name.
extension Store {
    /// Every node that is not retired, by region and name.
    public func nodes() async throws -> [NodeRecord] {
        try await pool.read { transaction in
            try transaction.query(Self.listNodes).map { row in try NodeRecord(row) }
        }
    }

    /// Keeps new peers away from a node, or lets them come again; its peers stay in either case.
    public func setCordon(
        _ isCordoned: Bool,
        ofNodeNamed name: String,
        by actor: AuditEntry.Actor = .console,
        now: Timestamp
    ) async throws -> NodeChange {
        try await pool.transaction { transaction in
            guard let row = try transaction.query(Self.lockNode, .text(name)).first else { return .unknownNode }
            let node: NodeID = try row.identifier("id")
            guard try row.bool("cordoned") != isCordoned else { return .unchanged }
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
                    nodeID: node
                )
            )
            return .changed(peerCount: Int(try row.int32("peer_count")))
        }
    }

    /// Takes a node out of the fleet for good: its certificate is refused from now on, and the peers that it still has
    /// get places elsewhere.
    public func retireNode(named name: String, by actor: AuditEntry.Actor = .console, now: Timestamp) async throws
        -> NodeChange
    {
        try await pool.transaction { transaction in
            guard let row = try transaction.query(Self.lockNode, .text(name)).first else { return .unknownNode }
            let node: NodeID = try row.identifier("id")
            _ = try transaction.execute(
                "UPDATE nodes SET retired_at = $2, cordoned = true WHERE id = $1",
                .uuid(node.bytes),
                .timestamp(now.microseconds)
            )
            transaction.enqueue(Self.endOperation, .uuid(node.bytes), .timestamp(now.microseconds))
            transaction.enqueue(Self.forgetFarewells, .uuid(node.bytes))
            if try row.int64("placed") > 0 {
                transaction.startReplacement(of: node, by: actor, reason: "the node was retired", now: now)
            }
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
        SELECT id, name, region, endpoint, capacity, peer_count, cordoned, heard_at, revision, applied_revision,
            agent_version
        FROM nodes WHERE retired_at IS NULL ORDER BY region, name
        """

    private static let lockNode: Statement = """
        SELECT id, cordoned, peer_count, (SELECT count(*) FROM assignments a
            WHERE a.node_id = nodes.id AND a.state IN ('installing', 'active') AND a.moves_from IS NULL) AS placed
        FROM nodes WHERE name = $1 AND retired_at IS NULL FOR NO KEY UPDATE
        """

    private static let endOperation: Statement = """
        UPDATE operations SET state = 'cancelled', reason = 'the node was retired', updated_at = $2, ended_at = $2
        WHERE node_id = $1 AND ended_at IS NULL
        """

    /// A retired node never acknowledges anything again.
    private static let forgetFarewells: Statement =
        "DELETE FROM assignments WHERE node_id = $1 AND state IN ('lingering', 'removing')"

    private static let anySecretsUsed: Statement = """
        SELECT EXISTS (SELECT FROM nodes) OR EXISTS (SELECT FROM join_tokens)
            OR EXISTS (SELECT FROM subscription_tokens) AS used
        """
}

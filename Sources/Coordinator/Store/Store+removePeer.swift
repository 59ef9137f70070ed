import Database
import Model

extension Store {
    /// Removes a peer: its assignments become removals with their nodes' next revisions, and its row goes at once.
    ///
    /// - Returns: the nodes that have something to remove; nil when the subscription has no such peer.
    public func removePeer(
        _ id: PeerID,
        of subscription: SubscriptionID,
        now: Timestamp
    ) async throws -> [NodeID]? {
        try await pool.transaction { transaction in
            try transaction.removePeer(id, of: subscription, by: .customer, now: now)
        }
    }
}

extension Transaction {
    /// - Parameter entry: the entry of the audit log that this undoes.
    /// - Returns: the nodes that have something to remove; nil when the subscription has no such peer.
    func removePeer(
        _ id: PeerID,
        of subscription: SubscriptionID,
        by actor: AuditEntry.Actor,
        undoing entry: Int64? = nil,
        now: Timestamp
    ) throws(DatabaseError) -> [NodeID]? {
        let deleted = try query(
            "DELETE FROM peers WHERE id = $1 AND subscription_id = $2 RETURNING address_index",
            .uuid(id.bytes),
            .uuid(subscription.bytes)
        )
        guard let peer = deleted.first else { return nil }
        // A retired node never acknowledges anything again.
        enqueue(Self.forgetRetired, .uuid(id.bytes))
        let nodes = try query(Self.takeRemovalRevisions, .uuid(id.bytes))
        var changed: [NodeID] = []
        for row in nodes {
            let node: NodeID = try row.identifier("node_id")
            changed.append(node)
            audit(
                AuditEntry(
                    at: now,
                    actor: actor,
                    action: .peerRemoved,
                    nodeID: node,
                    peerID: id,
                    subscriptionID: subscription,
                    revision: try row.revision("revision"),
                    undoes: entry
                )
            )
        }
        if changed.isEmpty {
            enqueue(
                "INSERT INTO free_addresses (address_index, freed_at) VALUES ($1, $2)",
                .int64(try peer.int64("address_index")),
                .timestamp(now.microseconds)
            )
        }
        return changed
    }

    private static let forgetRetired: Statement = """
        DELETE FROM assignments a USING nodes n
        WHERE a.peer_id = $1 AND n.id = a.node_id AND n.retired_at IS NOT NULL
        """

    /// The nodes' rows are locked in the order of their ids, so that two such transactions cannot wait for each other.
    private static let takeRemovalRevisions: Statement = """
        WITH held AS (
            SELECT n.id FROM nodes n JOIN assignments a ON a.node_id = n.id
            WHERE a.peer_id = $1 AND a.state <> 'removing' ORDER BY n.id FOR UPDATE OF n),
        changed AS (
            UPDATE nodes n SET revision = revision + 1, peer_count = greatest(peer_count - 1, 0)
            FROM held WHERE n.id = held.id RETURNING n.id, n.revision)
        UPDATE assignments a SET state = 'removing', revision = changed.revision, moves_from = NULL, linger_until = NULL,
            operation_id = NULL
        FROM changed WHERE a.node_id = changed.id AND a.peer_id = $1
        RETURNING a.node_id, a.revision
        """
}

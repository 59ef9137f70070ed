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
        // Where its owner has more peers than the tier allows, the next one has its place.
        enqueue(Self.lookForFrozen, .uuid(subscription.bytes), .timestamp(now.microseconds))
        let deleted = try query(
            "DELETE FROM peers WHERE id = $1 AND subscription_id = $2 RETURNING address_index",
            .uuid(id.bytes),
            .uuid(subscription.bytes)
        )
        guard let peer = deleted.first else { return nil }
        // A retired node never acknowledges anything again.
        enqueue(Self.forgetRetired, .uuid(id.bytes))
        // Only a statement behind the locks sees what those who held them have done to the peer's assignments.
        let results = try executeAll([
            Self.lockHolders.with(.uuid(id.bytes)), Self.takeRemovalRevisions.with(.uuid(id.bytes)),
        ])
        let nodes = results[1]
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
            // It had its place on a retired node. Another one may still have to remove it, and frees the address then.
            try freeAddresses([try peer.int64("address_index")], of: [id.bytes], now: now)
        }
        return changed
    }

    private static let lookForFrozen: Statement = """
        UPDATE subscriptions SET peers_due_at = $2
        WHERE id = $1 AND EXISTS (SELECT FROM peers p WHERE p.subscription_id = $1 AND p.frozen_at IS NOT NULL)
        """

    private static let forgetRetired: Statement = """
        DELETE FROM assignments a USING nodes n
        WHERE a.peer_id = $1 AND n.id = a.node_id AND n.retired_at IS NOT NULL
        """

    /// In the order of their ids, so that two such transactions cannot wait for each other.
    private static let lockHolders: Statement = """
        SELECT id FROM nodes WHERE id IN (SELECT node_id FROM assignments WHERE peer_id = $1)
        ORDER BY id FOR NO KEY UPDATE
        """

    private static let takeRemovalRevisions: Statement = """
        WITH held AS (SELECT node_id FROM assignments WHERE peer_id = $1 AND state <> 'removing'),
        changed AS (
            UPDATE nodes n SET revision = revision + 1, peer_count = greatest(peer_count - 1, 0)
            FROM held WHERE n.id = held.node_id RETURNING n.id, n.revision)
        UPDATE assignments a SET state = 'removing', revision = changed.revision, moves_from = NULL, linger_until = NULL,
            operation_id = NULL
        FROM changed WHERE a.node_id = changed.id AND a.peer_id = $1
        RETURNING a.node_id, a.revision
        """
}

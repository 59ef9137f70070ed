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
            let deleted = try transaction.query(
                "DELETE FROM peers WHERE id = $1 AND subscription_id = $2 RETURNING address_index",
                .uuid(id.bytes),
                .uuid(subscription.bytes)
            )
            guard let peer = deleted.first else { return nil }
            // A retired node never acknowledges anything again.
            transaction.enqueue(Self.forgetRetired, .uuid(id.bytes))
            let nodes = try transaction.query(Self.takeRemovalRevisions, .uuid(id.bytes))
            let changed: [NodeID] = try nodes.map { row in try row.identifier("node_id") }
            if changed.isEmpty {
                transaction.enqueue(
                    "INSERT INTO free_addresses (address_index, freed_at) VALUES ($1, $2)",
                    .int64(try peer.int64("address_index")),
                    .timestamp(now.microseconds)
                )
            }
            for row in nodes {
                transaction.audit(
                    AuditEntry(
                        at: now,
                        actor: .customer,
                        action: .peerRemoved,
                        nodeID: try row.identifier("node_id"),
                        peerID: id,
                        subscriptionID: subscription,
                        revision: try row.revision("revision")
                    )
                )
            }
            return changed
        }
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

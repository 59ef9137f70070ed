import Database
import Model

/// The end of a move: the old node lets go of the peer.
extension Store {
    /// Makes removals of the assignments whose time to linger is over.
    ///
    /// - Returns: the nodes that have something to remove.
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func endLingering(limit: Int, lease: FleetLease?, now: Timestamp) async throws -> [NodeID] {
        let due = Self.dueLingering.with(.timestamp(now.microseconds), .int64(Int64(limit)))
        let nodes: Set<NodeID> = try await pool.query(due) { rows in
            Set(try rows.map { row in try row.identifier("node_id") })
        }
        guard !nodes.isEmpty else { return [] }
        return try await pool.transaction { transaction in
            try transaction.require(lease)
            let results = try transaction.executeAll([
                Self.lockNodes.with(.uuidArray(nodes.map(\.bytes))), due,
            ])
            var removal = try AssignmentRemoval(nodes: results[0])
            for row in results[1] {
                _ = removal.add(try row.identifier("peer_id"), on: try row.identifier("node_id"))
            }
            removal.enqueue(in: transaction)
            return removal.changedNodes
        }
    }

    /// Forgets the lingering assignments of nodes that have said, as of a revision not older than these, that they keep
    /// no moved peer any more.
    ///
    /// - Returns: how many.
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func forgetLetGo(lease: FleetLease?) async throws -> Int {
        let nodes: [NodeID] = try await pool.query(Self.nodesThatLetGo.with()) { rows in
            try rows.map { row in try row.identifier("id") }
        }
        guard !nodes.isEmpty else { return 0 }
        return try await pool.transaction { transaction in
            try transaction.require(lease)
            let ids = Parameter.uuidArray(nodes.map(\.bytes))
            _ = try transaction.query(Self.lockNodes, ids)
            return Int(try transaction.query(Self.deleteLetGo, ids)[0].int64("forgotten"))
        }
    }

    private static let dueLingering: Statement = """
        SELECT node_id, peer_id FROM assignments WHERE state = 'lingering' AND linger_until <= $1
        ORDER BY linger_until, peer_id LIMIT $2
        """

    private static let nodesThatLetGo: Statement = """
        SELECT n.id FROM nodes n WHERE n.peers_lingering = 0 AND EXISTS (
            SELECT FROM assignments a
            WHERE a.node_id = n.id AND a.state = 'lingering' AND a.revision <= n.heartbeat_revision)
        """

    private static let deleteLetGo: Statement = """
        WITH forgotten AS (
            DELETE FROM assignments a USING nodes n
            WHERE n.id = ANY ($1) AND n.peers_lingering = 0 AND a.node_id = n.id AND a.state = 'lingering'
                AND a.revision <= n.heartbeat_revision
            RETURNING a.node_id),
        counted AS (
            UPDATE nodes n SET peer_count = greatest(n.peer_count - c.count, 0)
            FROM (SELECT node_id, count(*)::integer AS count FROM forgotten GROUP BY node_id) c
            WHERE n.id = c.node_id RETURNING n.id)
        SELECT count(*) AS forgotten FROM forgotten
        """
}

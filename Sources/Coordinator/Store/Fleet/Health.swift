import Database
import FleetPlanning
import Model

extension Store {
    /// Records how nodes are judged; the peers of a node that is lost begin to be placed elsewhere.
    ///
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func recordHealth(_ changes: [HealthChange], lease: FleetLease?, now: Timestamp) async throws {
        guard !changes.isEmpty else { return }
        try await pool.transaction { transaction in
            try transaction.require(lease)
            let nodes = Parameter.uuidArray(changes.map(\.node.bytes))
            _ = try transaction.executeAll([Self.lockNodes.with(nodes)])
            transaction.enqueue(
                Self.writeHealth,
                nodes,
                .textArray(changes.map(\.to.rawValue)),
                .int32Array(changes.map { Int32(clamping: $0.flapPenalty) }),
                .timestamp(now.microseconds)
            )
            for change in changes where change.to == .lost {
                transaction.startReplacement(of: change.node, by: .system, reason: "the node was lost", now: now)
            }
            transaction.audit(
                changes.map { change in
                    AuditEntry(
                        at: now,
                        actor: .system,
                        action: .nodeHealthChanged,
                        nodeID: change.node,
                        detail: "\(change.from.rawValue) to \(change.to.rawValue): \(change.reason)"
                    )
                }
            )
        }
    }

    private static let writeHealth: Statement = """
        UPDATE nodes n SET health = c.health, health_since = $4, flap_penalty = c.penalty, flap_penalty_at = $4
        FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS c (id, health, penalty) WHERE n.id = c.id
        """
}

extension Transaction {
    /// Gives the peers of a node that is gone places elsewhere; nothing where an operation on the node runs already,
    /// which then does it.
    func startReplacement(of node: NodeID, by actor: AuditEntry.Actor, reason: String, now: Timestamp) {
        enqueue(
            """
            INSERT INTO operations (id, kind, state, node_id, linger_s, total, reason, created_by, created_at, updated_at)
            SELECT $1, 'replace', 'running', $2, 0, count(*), $3, $4, $5, $5 FROM assignments
            WHERE node_id = $2 AND state IN ('installing', 'active') AND moves_from IS NULL
            HAVING count(*) > 0
            ON CONFLICT (node_id) WHERE ended_at IS NULL AND node_id IS NOT NULL DO NOTHING
            """,
            .uuid(OperationID.random().bytes),
            .uuid(node.bytes),
            .text(reason),
            .text(actor.description),
            .timestamp(now.microseconds)
        )
    }
}

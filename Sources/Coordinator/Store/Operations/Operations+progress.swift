import Database
import Model

/// What the controllers write of an operation.
extension Store {
    /// Records how an operation stands. What has been cancelled or has ended meanwhile is left alone.
    ///
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func recordProgress(_ progress: OperationProgress, lease: FleetLease?, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            // Nodes are locked before operations, always.
            if !progress.state.isOpen { transaction.enqueue(Self.lockNode, .uuid(progress.operation.bytes)) }
            let changed = try transaction.query(
                Self.writeProgress,
                .uuid(progress.operation.bytes),
                .text(progress.state.rawValue),
                .text(progress.reason),
                .int32(Int32(clamping: progress.total)),
                .int32(Int32(clamping: progress.unplaced)),
                .timestamp(now.microseconds),
                .bool(!progress.state.isOpen)
            )
            guard let row = changed.first, !progress.state.isOpen else { return }
            let node: NodeID? = try row.optionalIdentifier("node_id")
            if progress.state == .cancelled, let node, try row.bool("leaves_lost_node") {
                // The drain stood in for the replacement that the loss of its node would have begun.
                transaction.startReplacement(of: node, by: .system, reason: "the node was lost", now: now)
            }
            if progress.state == .done, try row.bool("then_retire"), let node {
                try transaction.retire(node, by: .system, now: now)
                transaction.audit(
                    AuditEntry(
                        at: now,
                        actor: .system,
                        action: .nodeRetired,
                        nodeID: node,
                        operationID: progress.operation
                    )
                )
            }
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: .system,
                    action: .operationEnded,
                    nodeID: node,
                    detail: progress.reason.map { "\(progress.state.rawValue): \($0)" } ?? progress.state.rawValue,
                    operationID: progress.operation
                )
            )
        }
    }

    private static let writeProgress: Statement = """
        UPDATE operations SET state = $2, reason = $3, total = greatest($4, moved), unplaced = $5, updated_at = $6,
            ended_at = CASE WHEN $7 THEN $6 END
        WHERE id = $1 AND ended_at IS NULL AND (state <> 'cancelling' OR $2 IN ('cancelling', 'cancelled'))
        RETURNING node_id, then_retire, kind = 'drain' AND (SELECT n.health = 'lost' FROM nodes n WHERE n.id = node_id)
            AS leaves_lost_node
        """

    static let lockNode: Statement = """
        SELECT id FROM nodes WHERE id = (SELECT node_id FROM operations WHERE id = $1) FOR NO KEY UPDATE
        """
}

/// How an operation stands.
public struct OperationProgress: Hashable, Sendable {
    public let operation: OperationID
    public let state: OperationRecord.State
    public let reason: String?
    public let total: Int
    public let unplaced: Int

    public init(
        operation: OperationID,
        state: OperationRecord.State,
        reason: String?,
        total: Int,
        unplaced: Int
    ) {
        self.operation = operation
        self.state = state
        self.reason = reason
        self.total = total
        self.unplaced = unplaced
    }
}

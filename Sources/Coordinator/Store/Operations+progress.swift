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
            if progress.state == .done, try row.bool("then_retire"), let node {
                transaction.retire(node, now: now)
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
        RETURNING node_id, then_retire
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

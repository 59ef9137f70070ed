import Database
import FleetPlanning
import Model

extension Store {
    /// Writes into the audit log which nodes have closed, opened, or have other reasons.
    ///
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func recordTroubles(_ notices: [TroubleNotice], lease: FleetLease?, now: Timestamp) async throws {
        guard !notices.isEmpty else { return }
        try await pool.transaction { transaction in
            try transaction.require(lease)
            for notice in notices.sorted(by: { $0.node < $1.node }) {
                transaction.enqueue(
                    Self.noteTold,
                    .uuid(notice.node.bytes),
                    .textArray(notice.reasons),
                    .int64(notice.changes),
                    .int32(Int32(clamping: notice.penalty)),
                    .timestamp(now.microseconds)
                )
            }
            transaction.audit(
                notices.map { notice in
                    AuditEntry(
                        at: now,
                        actor: .system,
                        action: notice.reasons.isEmpty ? .nodeOpened : .nodeClosed,
                        nodeID: notice.node,
                        detail: notice.detail
                    )
                }
            )
        }
    }

    private static let noteTold: Statement = """
        UPDATE nodes SET told_reasons = $2::text[], told_changes = $3, told_penalty = $4, told_at = $5 WHERE id = $1
        """
}

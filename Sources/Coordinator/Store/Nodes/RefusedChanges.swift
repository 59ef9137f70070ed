import Database
import FleetPlanning
import LinkProtocol
import Model

/// What a node that refuses whole deltas or snapshots makes of its row, and of the audit log.
extension Store {
    /// Records that a node refused a whole delta or snapshot. Repetitions are counted; the audit log tells of them by
    /// `RefusalRepetition`.
    public func recordRefusal(
        of revision: Revision,
        reason: ChangeRefusal,
        by node: NodeID,
        now: Timestamp
    ) async throws {
        try await pool.transaction { transaction in
            guard let row = try transaction.query(Self.lockRefusing, .uuid(node.bytes)).first else { return }
            let told: RefusalRepetition.Told? = try row.optionalMoment("refusal_told_at").map { at in
                .init(reason: try row.optionalText("refusal_told_reason") ?? "", at: at)
            }
            let isDue = RefusalRepetition(told: told).isDue("\(reason)", now: now)
            transaction.enqueue(
                Self.noteRefusal,
                .uuid(node.bytes),
                .text("\(reason)"),
                .timestamp(now.microseconds),
                .bool(reason.leavesNodeBehind),
                .bool(isDue)
            )
            guard isDue else { return }
            let untold = try row.int64("refusals_untold")
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: .node,
                    action: .changeRefused,
                    nodeID: node,
                    revision: revision,
                    detail: untold > 0 ? "\(reason), after \(untold) that were only counted" : "\(reason)"
                )
            )
        }
    }

    private static let lockRefusing: Statement = """
        SELECT refusal_told_at, refusal_told_reason, refusals_untold FROM nodes WHERE id = $1 FOR NO KEY UPDATE
        """

    private static let noteRefusal: Statement = """
        UPDATE nodes SET refused_changes = refused_changes + 1,
            refusals_untold = CASE WHEN $5 THEN 0 ELSE refusals_untold + 1 END,
            refusal_told_at = CASE WHEN $5 THEN $3 ELSE refusal_told_at END,
            refusal_told_reason = CASE WHEN $5 THEN $2 ELSE refusal_told_reason END,
            refusing_since = CASE WHEN $4 THEN coalesce(refusing_since, $3) ELSE refusing_since END,
            refusing_reason = CASE WHEN $4 THEN $2 ELSE refusing_reason END,
            trouble_changes = trouble_changes + ($4 AND refusing_since IS NULL)::integer
        WHERE id = $1
        """
}

extension ChangeRefusal {
    /// Whether nothing that the coordinator sends next will mend it. The others are answered by a snapshot at once.
    var leavesNodeBehind: Bool {
        switch self {
        case .tableUnavailable, .massRemoval, .incompleteSnapshot: true
        case .baseMismatch, .olderRevision, .conflictingContent: false
        }
    }
}

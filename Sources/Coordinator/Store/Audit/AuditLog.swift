import Database
import Model

/// Reading the audit log.
extension Store {
    /// The newest first.
    public func audit(_ filter: AuditFilter, limit: Int) async throws -> [AuditRecord] {
        let statement = Self.readAudit.with(
            .text(filter.node),
            .uuid(filter.peer?.bytes),
            .text(filter.action),
            .text(filter.actor),
            .timestamp(filter.since?.microseconds),
            .timestamp(filter.until?.microseconds),
            .int64(filter.before),
            .int64(Int64(limit)),
            .uuid(filter.node.flatMap { NodeID($0) }?.bytes)
        )
        return try await pool.query(statement) { rows in try rows.map { row in try AuditRecord(row) } }
    }

    /// A retired node's entries are found by its name too, with those of every node that had the name.
    private static let readAudit: Statement = """
        SELECT e.id, s.position, e.at, e.actor, e.actor_name, e.action, e.node_id, n.name AS node_name, e.from_node_id,
            e.peer_id, e.operation_id, e.revision, e.detail, e.change, e.undoes,
            (SELECT min(u.id) FROM audit_entries u WHERE u.undoes = e.id
                AND NOT EXISTS (SELECT FROM audit_entries w WHERE w.undoes = u.id)) AS undone_by
        FROM audit_entries e LEFT JOIN audit_seals s ON s.entry_id = e.id LEFT JOIN nodes n ON n.id = e.node_id
        WHERE ($1::text IS NULL OR e.node_id IN (SELECT id FROM nodes WHERE name = $1 OR id = $9)
                OR e.from_node_id IN (SELECT id FROM nodes WHERE name = $1 OR id = $9))
            AND ($2 IS NULL OR e.peer_id = $2) AND ($3::text IS NULL OR e.action = $3)
            AND ($4::text IS NULL OR e.actor = $4 OR e.actor_name = $4)
            AND ($5 IS NULL OR e.at >= $5) AND ($6 IS NULL OR e.at < $6) AND ($7 IS NULL OR e.id < $7)
        ORDER BY e.id DESC LIMIT $8
        """
}

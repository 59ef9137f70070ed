import Database
import Model

extension Store {
    /// Changes a node's capacity and labels. What a value was is kept in the audit log, from which it can be put back.
    ///
    /// - Parameters:
    ///   - entry: the entry of the audit log that this undoes.
    ///   - expected: by flat names, what the settings must be for that; nil is one that is not there.
    public func editNode(
        named name: String,
        _ edit: NodeEdit,
        by actor: AuditEntry.Actor,
        undoing entry: Int64? = nil,
        expecting expected: [String: String?] = [:],
        now: Timestamp
    ) async throws -> NodeChange {
        try await pool.transaction { transaction in
            guard let row = try transaction.query(Self.lockEdited, .text(name), .uuid(NodeID(name)?.bytes)).first else {
                return .unknownNode
            }
            let current = try Self.settings(row)
            guard expected.allSatisfy({ current[$0.key] == $0.value }) else { return .unchanged }
            let set = edit.labels.compactMap { label in label.value.map { (label.key, $0) } }
            let removed = edit.labels.filter { $0.value == nil }.map(\.key)
            let changed = try transaction.query(
                Self.edit,
                .uuid(try row.uuid("id")),
                .int32(edit.capacity.map { Int32(clamping: $0) }),
                .textArray(set.map(\.0)),
                .textArray(set.map(\.1)),
                .textArray(removed)
            )
            guard let changed = changed.first, try changed.bool("differs") else { return .unchanged }
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: actor,
                    action: .nodeEdited,
                    nodeID: try row.identifier("id"),
                    change: try changed.text("change"),
                    undoes: entry
                )
            )
            return .changed(peerCount: Int(try row.int32("peer_count")))
        }
    }

    private static func settings(_ row: Row) throws(DatabaseError) -> [String: String] {
        var settings = ["capacity": "\(try row.int32("capacity"))"]
        for (key, value) in zip(try row.textArray("label_keys"), try row.textArray("label_values")) {
            settings["labels.\(key)"] = value
        }
        return settings
    }

    private static let lockEdited: Statement = """
        SELECT id, peer_count, capacity, ARRAY(SELECT key FROM jsonb_each_text(labels) ORDER BY key) AS label_keys,
            ARRAY(SELECT value FROM jsonb_each_text(labels) ORDER BY key) AS label_values
        FROM nodes WHERE (name = $1 OR id = $2) AND retired_at IS NULL
        ORDER BY id = $2 DESC NULLS LAST LIMIT 1 FOR NO KEY UPDATE
        """

    /// What a setting was and what it became, by flat names: `capacity`, `labels.rack`.
    private static let edit: Statement = """
        WITH before AS (SELECT id, capacity, labels FROM nodes WHERE id = $1),
        after AS (
            UPDATE nodes n SET capacity = coalesce($2, n.capacity),
                labels = (n.labels || coalesce((SELECT jsonb_object_agg(key, value)
                    FROM unnest($3::text[], $4::text[]) AS l (key, value)), '{}')) - $5::text[]
            WHERE id = $1 RETURNING id, capacity, labels)
        SELECT b.capacity <> a.capacity OR b.labels <> a.labels AS differs,
            jsonb_build_object(
                'from', jsonb_build_object('capacity', b.capacity::text) || coalesce((SELECT
                    jsonb_object_agg('labels.' || key, value) FROM jsonb_each_text(b.labels)), '{}'),
                'to', jsonb_build_object('capacity', a.capacity::text) || coalesce((SELECT
                    jsonb_object_agg('labels.' || key, value) FROM jsonb_each_text(a.labels)), '{}'))::text AS change
        FROM before b JOIN after a ON a.id = b.id
        """
}

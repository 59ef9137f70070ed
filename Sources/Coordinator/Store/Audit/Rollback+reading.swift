import Database
import FleetPlanning
import Model

/// Undoing what the audit log says: what the planner has to know.
extension Store {
    /// The plan of a rollback, with the names of the nodes in it.
    public struct PlannedRollback: Sendable {
        public let plan: RollbackPlan
        public let names: [NodeID: String]
        /// By entry: the join token that it created.
        let tokens: [Int64: String]
    }

    /// How many entries one rollback undoes at most.
    public static let rollbackMax = 50_000

    /// Plans how to undo entries, as of one moment.
    ///
    /// - Returns: nil when there is no such entry, or none in the span, or more than `rollbackMax`.
    public func planRollback(_ scope: RollbackScope) async throws -> PlannedRollback? {
        try await pool.transaction(isolation: .repeatableRead) { transaction in
            let rows = try transaction.query(Self.rollbackEntries, Self.parameters(scope))
            guard !rows.isEmpty, rows.count <= Self.rollbackMax else { return nil }
            let entries = try rows.map { row in try AuditedAction(row) }
            let ids = Parameter.int64Array(entries.map(\.id))
            let results = try transaction.executeAll([
                Self.laterEntries.with(
                    .int64(entries.map(\.id).min()),
                    .uuidArray(Set(entries.compactMap(\.peer)).map(\.bytes)),
                    .uuidArray(Set(entries.compactMap(\.node)).map(\.bytes)),
                    ids
                ),
                Self.nodesForRollback.with(), Self.createdTokens.with(ids),
            ])
            var tokens: [Int64: String] = [:]
            var redeemed: Set<Int64> = []
            for row in results[2] {
                let entry = try row.int64("id")
                tokens[entry] = try row.text("token")
                if try row.bool("redeemed") { redeemed.insert(entry) }
            }
            var situation = NodeSituation()
            for row in results[1] { try situation.add(row) }
            let plan = FleetPlanning.planRollback(
                entries: entries,
                later: try results[0].map { row in try AuditedAction(row) },
                situation: situation.rollback(redeemedTokens: redeemed)
            )
            return PlannedRollback(plan: plan, names: situation.names, tokens: tokens)
        }
    }

    private static func parameters(_ scope: RollbackScope) -> [Parameter] {
        switch scope {
        case .entry(let id): [.int64(id), .text(nil), .timestamp(nil), .timestamp(nil), .int64(1)]
        case .node(let name, let since, let until):
            [
                .int64(nil), .text(name), .timestamp(since.microseconds), .timestamp(until?.microseconds),
                .int64(Int64(rollbackMax) + 1),
            ]
        }
    }

    private struct NodeSituation {
        var names: [NodeID: String] = [:]
        private var retired: Set<NodeID> = []
        private var cordoned: Set<NodeID> = []
        private var inOperation: Set<NodeID> = []

        mutating func add(_ row: Row) throws(DatabaseError) {
            let id: NodeID = try row.identifier("id")
            names[id] = try row.text("name")
            if try row.bool("retired") { retired.insert(id) }
            if try row.bool("cordoned") { cordoned.insert(id) }
            if try row.bool("in_operation") { inOperation.insert(id) }
        }

        func rollback(redeemedTokens: Set<Int64>) -> RollbackSituation {
            RollbackSituation(
                retiredNodes: retired,
                cordonedNodes: cordoned,
                nodesInOperation: inOperation,
                redeemedTokens: redeemedTokens
            )
        }
    }

    /// Of a span, only what has an inverse: the rest of a node's life would drown it.
    private static let rollbackEntries: Statement = """
        SELECT e.id, e.at, e.action, e.node_id, e.from_node_id, e.peer_id, e.undoes, c.names, c.befores, c.afters
        FROM audit_entries e CROSS JOIN LATERAL (
            SELECT array_agg(key ORDER BY key) AS names, array_agg(coalesce('=' || f.value, '') ORDER BY key) AS befores,
                array_agg(coalesce('=' || t.value, '') ORDER BY key) AS afters
            FROM jsonb_each_text(e.change->'from') f FULL JOIN jsonb_each_text(e.change->'to') t USING (key)
            WHERE f.value IS DISTINCT FROM t.value) c
        WHERE ($1 IS NULL OR e.id = $1)
            AND ($2::text IS NULL OR (e.node_id IN (SELECT id FROM nodes
                WHERE name = $2 OR id::text = lower($2::text)) AND e.action IN ('peer.provisioned',
                'peer.moved', 'node.cordoned', 'node.uncordoned', 'node.edited')))
            AND ($3 IS NULL OR e.at >= $3) AND ($4 IS NULL OR e.at < $4)
        ORDER BY e.id DESC LIMIT $5
        """

    private static let laterEntries: Statement = """
        SELECT e.id, e.at, e.action, e.node_id, e.from_node_id, e.peer_id, e.undoes, c.names, c.befores, c.afters
        FROM audit_entries e CROSS JOIN LATERAL (
            SELECT array_agg(key ORDER BY key) AS names, array_agg(coalesce('=' || f.value, '') ORDER BY key) AS befores,
                array_agg(coalesce('=' || t.value, '') ORDER BY key) AS afters
            FROM jsonb_each_text(e.change->'from') f FULL JOIN jsonb_each_text(e.change->'to') t USING (key)
            WHERE f.value IS DISTINCT FROM t.value) c
        WHERE e.id >= $1
            AND (e.peer_id = ANY ($2) OR (e.peer_id IS NULL AND e.node_id = ANY ($3)) OR e.undoes = ANY ($4))
        """

    private static let nodesForRollback: Statement = """
        SELECT id, name, cordoned, retired_at IS NOT NULL AS retired, EXISTS (
            SELECT FROM operations o WHERE o.node_id = nodes.id AND o.ended_at IS NULL) AS in_operation
        FROM nodes
        """

    private static let createdTokens: Statement = """
        SELECT e.id, e.change->'to'->>'join_token' AS token, EXISTS (SELECT FROM join_tokens t
            WHERE encode(substr(t.secret_hash, 1, 8), 'hex') = e.change->'to'->>'join_token'
                AND t.redeemed_at IS NOT NULL) AS redeemed
        FROM audit_entries e
        WHERE e.id = ANY ($1) AND e.action = 'join_token.created' AND e.change->'to'->>'join_token' IS NOT NULL
        """
}

extension AuditedAction {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        var changes: [SettingChange] = []
        if try !row.isNull("names") {
            let befores = try row.textArray("befores")
            let afters = try row.textArray("afters")
            for (index, name) in try row.textArray("names").enumerated() {
                changes.append(
                    SettingChange(name: name, from: Self.value(befores[index]), to: Self.value(afters[index]))
                )
            }
        }
        self.init(
            id: try row.int64("id"),
            at: try row.moment("at"),
            action: try row.text("action"),
            node: try row.optionalIdentifier("node_id"),
            fromNode: try row.optionalIdentifier("from_node_id"),
            peer: try row.optionalIdentifier("peer_id"),
            changes: changes,
            undoes: try row.optionalInt64("undoes")
        )
    }

    /// An array holds no NULL: a value stands behind a sign, and what is not there is empty.
    private static func value(_ text: String) -> String? { text.isEmpty ? nil : String(text.dropFirst()) }
}

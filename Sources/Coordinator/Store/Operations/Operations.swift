import Database
import Model

/// Operations: what operators ask of the fleet, and what the controllers make of it.
extension Store {
    /// Begins to drain a node: it is cordoned, and its peers move away one after the other.
    ///
    /// Asking again for a node that is being drained gives the operation that runs, with what is asked for now. The
    /// replacement of a lost node becomes a drain, which goes on when the node is back.
    ///
    /// - Parameters:
    ///   - linger: how long the node keeps a moved peer for a client that has not noticed, also one that was moved
    ///     before; nil leaves the drain that runs as it is, and takes `usualLinger` otherwise.
    ///   - thenRetire: whether the node leaves the fleet once it is empty; nil leaves the drain that runs as it is.
    ///   - lease: of a controller that decided it; nil for a person.
    public func startDrain(
        ofNodeNamed name: String,
        linger: Duration?,
        usualLinger: Duration = .seconds(86_400),
        thenRetire: Bool? = nil,
        by actor: AuditEntry.Actor,
        lease: FleetLease? = nil,
        now: Timestamp
    ) async throws -> Result<OperationRecord, OperationRefusal> {
        let new = OperationID.random()
        let wish = DrainWish(linger: linger, usualLinger: usualLinger, thenRetire: thenRetire)
        return try await pool.transaction { transaction in
            try transaction.require(lease)
            guard let node = try transaction.lockNode(named: name) else { return .failure(.unknownNode(name)) }
            let open: OperationID? = try node.optionalIdentifier("operation_id")
            if let open, try node.text("operation_state") == OperationRecord.State.cancelling.rawValue {
                return .failure(.beingCancelled(open))
            }
            if let open {
                try transaction.change(open, to: wish, node: node, by: actor, now: now)
            } else {
                try transaction.start(new, wish, node: node, by: actor, now: now)
            }
            let record = try Self.operation(open ?? new, in: transaction)
            return record.map(Result.success) ?? .failure(.unknownOperation)
        }
    }

    /// Stops an operation: moves that have not switched are withdrawn, what has switched stays where it is, and the
    /// cordon that the operation made is lifted.
    public func cancelOperation(
        _ id: OperationID,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) async throws -> Result<OperationRecord, OperationRefusal> {
        try await pool.transaction { transaction in
            // Nodes are locked before operations, always.
            transaction.enqueue(Self.lockNode, .uuid(id.bytes))
            guard let row = try transaction.query(Self.lockOperation, .uuid(id.bytes)).first else {
                return .failure(.unknownOperation)
            }
            let state = OperationRecord.State(rawValue: try row.text("state")) ?? .failed
            guard state.isOpen else { return .failure(.isOver(state)) }
            guard try !row.bool("is_of_retired") else { return .failure(.nodeIsRetired) }
            if state != .cancelling {
                transaction.enqueue(
                    "UPDATE operations SET state = 'cancelling', updated_at = $2 WHERE id = $1",
                    .uuid(id.bytes),
                    .timestamp(now.microseconds)
                )
                if try row.bool("made_cordon") {
                    transaction.enqueue(Self.liftCordon, .uuid(try row.optionalUuid("node_id")))
                }
                transaction.audit(
                    AuditEntry(
                        at: now,
                        actor: actor,
                        action: .operationCancelled,
                        nodeID: try row.optionalIdentifier("node_id"),
                        operationID: id
                    )
                )
            }
            guard let record = try Self.operation(id, in: transaction) else { return .failure(.unknownOperation) }
            return .success(record)
        }
    }

    /// Nil for one that never was.
    public func operation(_ id: OperationID) async throws -> OperationRecord? {
        try await pool.read { transaction in try Self.operation(id, in: transaction) }
    }

    /// The newest first.
    ///
    /// - Parameters:
    ///   - openOnly: leaves out what is over.
    ///   - node: the name or the id of the node whose operations are asked for; nil for all.
    ///   - after: the last one that is known already.
    public func operations(
        openOnly: Bool,
        node: String? = nil,
        after: OperationID? = nil,
        limit: Int
    ) async throws -> [OperationRecord] {
        let statement = Self.listOperations.with(
            .bool(openOnly),
            .int64(Int64(limit)),
            .uuid(nil),
            .text(node),
            .uuid(after?.bytes),
            .uuid(node.flatMap { NodeID($0) }?.bytes)
        )
        return try await pool.query(statement) { rows in try rows.map { row in try OperationRecord(row) } }
    }

    static func operation(_ id: OperationID, in transaction: Transaction) throws(DatabaseError) -> OperationRecord? {
        let rows = try transaction.query(
            listOperations,
            .bool(false),
            .int64(1),
            .uuid(id.bytes),
            .text(nil),
            .uuid(nil),
            .uuid(nil)
        )
        guard let row = rows.first else { return nil }
        return try OperationRecord(row)
    }

    private static let lockOperation: Statement = """
        SELECT state, node_id, made_cordon, EXISTS (
            SELECT FROM nodes n WHERE n.id = node_id AND n.retired_at IS NOT NULL) AS is_of_retired
        FROM operations WHERE id = $1 FOR NO KEY UPDATE
        """

    private static let liftCordon: Statement = """
        UPDATE nodes SET cordoned = false WHERE id = $1 AND retired_at IS NULL
        """

    private static let listOperations: Statement = """
        SELECT o.*, n.name AS node_name, n.region,
            (SELECT count(*) FROM assignments a WHERE a.moves_from = o.node_id AND o.ended_at IS NULL) AS in_flight,
            (SELECT least(count(*), coalesce(n.peers_lingering, count(*))) FROM assignments a
                WHERE a.node_id = o.node_id AND a.state = 'lingering' AND o.ended_at IS NULL) AS lingering
        FROM operations o LEFT JOIN nodes n ON n.id = o.node_id
        WHERE ($3 IS NULL OR o.id = $3) AND (NOT $1 OR o.ended_at IS NULL) AND ($4::text IS NULL OR n.name = $4 OR n.id = $6)
            AND ($5 IS NULL OR (o.created_at, o.id) < (SELECT p.created_at, p.id FROM operations p WHERE p.id = $5))
        ORDER BY o.created_at DESC, o.id DESC LIMIT $2
        """
}

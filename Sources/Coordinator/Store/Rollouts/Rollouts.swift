import Database
import Model

/// Rollouts: what operators ask for. The controllers step them from wave to wave.
extension Store {
    /// Begins a rollout. Asking again for what runs already gives the rollout that runs.
    ///
    /// - Parameters:
    ///   - waves: checked already.
    ///   - replacing: ends the rollout that is open; its nodes keep the versions that they were told.
    public func startRollout(
        of version: String,
        waves: [String],
        replacing: Bool,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) async throws -> Result<RolloutRecord, RolloutRefusal> {
        let id = RolloutID.random()
        return try await pool.transaction { transaction in
            _ = try transaction.query("SELECT pg_advisory_xact_lock(hashtext('holdfast rollouts'))")
            if let row = try transaction.query(Self.lockOpenRollout).first {
                let open: RolloutID = try row.identifier("id")
                let openVersion = try row.text("version")
                if openVersion == version, try row.textArray("waves") == waves,
                    try row.text("state") != RolloutRecord.State.rollingBack.rawValue
                {
                    return try Self.rollout(open, in: transaction).map(Result.success) ?? .failure(.unknown)
                }
                guard replacing else { return .failure(.anotherIsOpen(open, version: openVersion)) }
                transaction.enqueue(
                    "UPDATE rollouts SET state = 'replaced', ended_at = $2 WHERE id = $1",
                    .uuid(open.bytes),
                    .timestamp(now.microseconds)
                )
                transaction.audit(
                    AuditEntry(at: now, actor: actor, action: .rolloutEnded, detail: "\(open): replaced by \(version)")
                )
            }
            transaction.enqueue(
                Self.insertRollout,
                .uuid(id.bytes),
                .text(version),
                .textArray(waves),
                .text(actor.description),
                .timestamp(now.microseconds)
            )
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: actor,
                    action: .rolloutStarted,
                    detail: "\(version) in waves of \(waves.joined(separator: ", "))"
                )
            )
            return try Self.rollout(id, in: transaction).map(Result.success) ?? .failure(.unknown)
        }
    }

    /// Stops a rollout where it is: no further node is told the version.
    public func haltRollout(
        _ id: RolloutID,
        reason: String,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) async throws -> Result<RolloutRecord, RolloutRefusal> {
        try await changeRollout(id, from: [.running], to: .halted, reason: reason, .rolloutHalted, actor, now)
    }

    /// Goes on with a halted rollout, at the wave where it stopped.
    public func resumeRollout(
        _ id: RolloutID,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) async throws -> Result<RolloutRecord, RolloutRefusal> {
        try await changeRollout(id, from: [.halted], to: .running, reason: nil, .rolloutAdvanced, actor, now)
    }

    /// Gives every node that was told the version the one that it ran before, at once.
    public func rollBackRollout(
        _ id: RolloutID,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) async throws -> Result<RolloutRecord, RolloutRefusal> {
        try await changeRollout(
            id,
            from: [.running, .halted],
            to: .rollingBack,
            reason: nil,
            .rolloutRolledBack,
            actor,
            now
        )
    }

    private func changeRollout(
        _ id: RolloutID,
        from states: Set<RolloutRecord.State>,
        to target: RolloutRecord.State,
        reason: String?,
        _ action: AuditEntry.Action,
        _ actor: AuditEntry.Actor,
        _ now: Timestamp
    ) async throws -> Result<RolloutRecord, RolloutRefusal> {
        try await pool.transaction { transaction in
            let row = try transaction.query(
                "SELECT state FROM rollouts WHERE id = $1 FOR UPDATE",
                .uuid(id.bytes)
            ).first
            guard let row, let state = RolloutRecord.State(rawValue: try row.text("state")) else {
                return .failure(.unknown)
            }
            // Said twice, done once.
            if state == target {
                return try Self.rollout(id, in: transaction).map(Result.success) ?? .failure(.unknown)
            }
            guard states.contains(state) else { return .failure(.notWhile(state)) }
            transaction.enqueue(
                "UPDATE rollouts SET state = $2, reason = $3, wave_began_at = $4 WHERE id = $1",
                .uuid(id.bytes),
                .text(target.rawValue),
                .text(reason),
                .timestamp(now.microseconds)
            )
            if target == .rollingBack { transaction.enqueue(Self.restoreVersions, .uuid(id.bytes)) }
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: actor,
                    action: action,
                    detail: reason.map { "\(id): \($0)" } ?? "\(id): \(target.rawValue)"
                )
            )
            return try Self.rollout(id, in: transaction).map(Result.success) ?? .failure(.unknown)
        }
    }

    /// The newest first.
    public func rollouts(after: RolloutID? = nil, limit: Int) async throws -> [RolloutRecord] {
        let statement = Self.listRollouts.with(.uuid(nil), .uuid(after?.bytes), .int64(Int64(limit)))
        return try await pool.query(statement) { rows in try rows.map { row in try RolloutRecord(row) } }
    }

    /// With its nodes, by wave and name; nil for one that never was.
    public func rollout(_ id: RolloutID) async throws -> (RolloutRecord, [RolloutNodeRecord])? {
        try await pool.read { transaction in
            guard let record = try Self.rollout(id, in: transaction) else { return nil }
            let nodes = try transaction.query(Self.rolloutNodes, .uuid(id.bytes))
            return (record, try nodes.map { row in try RolloutNodeRecord(row) })
        }
    }

    private static func rollout(_ id: RolloutID, in transaction: Transaction) throws(DatabaseError) -> RolloutRecord? {
        let rows = try transaction.query(listRollouts, .uuid(id.bytes), .uuid(nil), .int64(1))
        guard let row = rows.first else { return nil }
        return try RolloutRecord(row)
    }

    private static let lockOpenRollout: Statement = """
        SELECT id, version, waves, state FROM rollouts WHERE ended_at IS NULL FOR UPDATE
        """

    private static let insertRollout: Statement = """
        INSERT INTO rollouts (id, version, state, waves, wave_began_at, created_by, created_at)
        VALUES ($1, $2, 'running', $3, $5, $4, $5)
        """

    private static let restoreVersions: Statement = """
        UPDATE nodes n SET desired_version = r.previous_version FROM rollout_nodes r
        WHERE r.rollout_id = $1 AND r.told_at IS NOT NULL AND n.id = r.node_id AND n.retired_at IS NULL
        """

    private static let listRollouts: Statement = """
        SELECT r.*, (SELECT count(*) FROM nodes WHERE retired_at IS NULL) AS nodes, t.told, t.passed
        FROM rollouts r CROSS JOIN LATERAL (
            SELECT count(told_at) AS told, count(passed_at) AS passed FROM rollout_nodes WHERE rollout_id = r.id) t
        WHERE ($1 IS NULL OR r.id = $1)
            AND ($2 IS NULL OR (r.created_at, r.id) < (SELECT p.created_at, p.id FROM rollouts p WHERE p.id = $2))
        ORDER BY r.created_at DESC, r.id DESC LIMIT $3
        """

    private static let rolloutNodes: Statement = """
        SELECT n.name, r.wave, r.previous_version, n.agent_version, r.told_at, r.passed_at
        FROM rollout_nodes r JOIN nodes n ON n.id = r.node_id WHERE r.rollout_id = $1 ORDER BY r.wave, n.name
        """
}

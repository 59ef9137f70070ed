import Database
import FleetPlanning
import Model

/// A rollout that is under way, with what its nodes are now.
public struct OpenRollout: Sendable {
    public let id: RolloutID
    public let version: String
    public let isRollingBack: Bool
    public let waves: [String]
    public let wave: Int
    public let waveBeganAt: Timestamp
    /// Those that have their wave.
    public let nodes: [RolloutNode]
    /// The versions to which nodes go back, of those that were told.
    public let previousVersions: [NodeID: String]
    public let names: [NodeID: String]
    /// Nodes that have no wave yet: at the beginning all, later those that have enrolled since.
    public let newcomers: [RolloutCandidate]
}

/// What the controllers read and write of rollouts.
extension Store {
    /// The rollout to be stepped: one that runs or goes back, and not one that halted.
    public func openRollout() async throws -> OpenRollout? {
        try await pool.transaction(isolation: .repeatableRead) { transaction in
            let results = try transaction.executeAll([Self.steppedRollout.with(), Self.nodesOfRollout.with()])
            guard let row = results[0].first else { return nil }
            var nodes: [RolloutNode] = []
            var previous: [NodeID: String] = [:]
            var names: [NodeID: String] = [:]
            var newcomers: [RolloutCandidate] = []
            for node in results[1] {
                let id: NodeID = try node.identifier("id")
                names[id] = try node.text("name")
                if try node.isNull("wave") {
                    newcomers.append(
                        RolloutCandidate(
                            id: id,
                            region: try node.region("region"),
                            isLost: try node.text("health") == NodeHealth.lost.rawValue
                        )
                    )
                } else {
                    let one = try RolloutNode(node)
                    nodes.append(one)
                    if one.toldAt != nil { previous[id] = try node.optionalText("previous_version") }
                }
            }
            return OpenRollout(
                id: try row.identifier("id"),
                version: try row.text("version"),
                isRollingBack: try row.text("state") == RolloutRecord.State.rollingBack.rawValue,
                waves: try row.textArray("waves"),
                wave: Int(try row.int32("wave")),
                waveBeganAt: try row.moment("wave_began_at"),
                nodes: nodes,
                previousVersions: previous,
                names: names,
                newcomers: newcomers
            )
        }
    }

    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func assignWaves(
        _ waves: [NodeID: Int],
        of rollout: RolloutID,
        lease: FleetLease?
    ) async throws {
        guard !waves.isEmpty else { return }
        let assigned = waves.sorted { $0.key < $1.key }
        try await pool.transaction { transaction in
            try transaction.require(lease)
            transaction.enqueue(
                Self.insertRolloutNodes,
                .uuid(rollout.bytes),
                .uuidArray(assigned.map(\.key.bytes)),
                .int32Array(assigned.map { Int32(clamping: $0.value) })
            )
        }
    }

    /// Records what a look came to. A rollout that was halted, taken back or replaced meanwhile is left alone.
    ///
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func recordStep(
        _ step: RolloutStep,
        passed: [NodeID],
        of rollout: RolloutID,
        lease: FleetLease?,
        now: Timestamp
    ) async throws {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            let running = try transaction.query(Self.lockRunningRollout, .uuid(rollout.bytes))
            guard running.first != nil else { return }
            let (id, at) = (Parameter.uuid(rollout.bytes), Parameter.timestamp(now.microseconds))
            if !passed.isEmpty { transaction.enqueue(Self.markPassed, id, .uuidArray(passed.map(\.bytes)), at) }
            func audit(_ action: AuditEntry.Action, _ detail: String) {
                transaction.audit(AuditEntry(at: now, actor: .system, action: action, detail: "\(rollout): \(detail)"))
            }
            switch step {
            case .wait(let reason):
                transaction.enqueue("UPDATE rollouts SET reason = $2 WHERE id = $1", id, .text(reason))
            case .tell(let nodes):
                let nodes = Parameter.uuidArray(nodes.map(\.bytes))
                transaction.enqueue(Self.tell, id, nodes, at)
                transaction.enqueue(Self.wantVersion, id, nodes)
            case .passWave(let next):
                transaction.enqueue(Self.nextWave, id, .int32(Int32(clamping: next)), at)
                audit(.rolloutAdvanced, "wave \(next + 1)")
            case .halt(let reason):
                transaction.enqueue(Self.halt, id, .text(reason))
                audit(.rolloutHalted, reason)
            case .done:
                transaction.enqueue(Self.end, id, .text(RolloutRecord.State.done.rawValue), at)
                audit(.rolloutEnded, "done")
            }
        }
    }

    /// Every node that was told the version is back at its earlier one.
    ///
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func endRollback(of rollout: RolloutID, lease: FleetLease?, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            let ended = try transaction.execute(
                Self.end,
                .uuid(rollout.bytes),
                .text(RolloutRecord.State.rolledBack.rawValue),
                .timestamp(now.microseconds)
            )
            // It was replaced meanwhile.
            guard ended > 0 else { return }
            transaction.audit(
                AuditEntry(at: now, actor: .system, action: .rolloutEnded, detail: "\(rollout): rolled back")
            )
        }
    }

    private static let steppedRollout: Statement =
        "SELECT * FROM rollouts WHERE ended_at IS NULL AND state IN ('running', 'rolling_back')"

    private static let nodesOfRollout: Statement = """
        SELECT n.id, n.name, n.region, n.health, n.agent_version, n.link_session IS NOT NULL AS is_linked, n.revision,
            n.applied_revision, n.refused_changes, n.peers_recently_active, n.peers_in_table, n.peers_in_kernel,
            n.condition_kinds, n.conditions_since, r.wave, r.previous_version, r.refused_before, r.active_before,
            r.conditions_before, r.told_at, r.passed_at
        FROM nodes n LEFT JOIN rollout_nodes r ON r.node_id = n.id
            AND r.rollout_id = (SELECT id FROM rollouts WHERE ended_at IS NULL)
        WHERE n.retired_at IS NULL ORDER BY n.id
        """

    private static let insertRolloutNodes: Statement = """
        INSERT INTO rollout_nodes (rollout_id, node_id, wave, previous_version, refused_before, active_before)
        SELECT $1, n.id, w.wave, n.agent_version, n.refused_changes, n.peers_recently_active
        FROM unnest($2::uuid[], $3::integer[]) AS w (node_id, wave) JOIN nodes n ON n.id = w.node_id
        ON CONFLICT DO NOTHING
        """

    private static let lockRunningRollout: Statement =
        "SELECT id FROM rollouts WHERE id = $1 AND state = 'running' AND ended_at IS NULL FOR UPDATE"

    private static let markPassed: Statement = """
        UPDATE rollout_nodes SET passed_at = $3 WHERE rollout_id = $1 AND node_id = ANY ($2) AND passed_at IS NULL
        """

    /// The figures before are those of this moment, and not of when the rollout began.
    private static let tell: Statement = """
        UPDATE rollout_nodes r SET told_at = $3, refused_before = n.refused_changes,
            previous_version = n.agent_version, active_before = n.peers_recently_active,
            conditions_before = n.condition_kinds
        FROM nodes n WHERE r.rollout_id = $1 AND r.node_id = ANY ($2) AND n.id = r.node_id AND r.told_at IS NULL
        """

    private static let wantVersion: Statement = """
        UPDATE nodes n SET desired_version = r.version FROM rollouts r WHERE r.id = $1 AND n.id = ANY ($2)
        """

    private static let nextWave: Statement =
        "UPDATE rollouts SET wave = $2, wave_began_at = $3, reason = NULL WHERE id = $1"

    private static let halt: Statement = "UPDATE rollouts SET state = 'halted', reason = $2 WHERE id = $1"

    private static let end: Statement =
        "UPDATE rollouts SET state = $2, ended_at = $3, reason = NULL WHERE id = $1 AND ended_at IS NULL"
}

extension RolloutNode {
    init(_ row: Row) throws(DatabaseError) {
        self.init(
            id: try row.identifier("id"),
            wave: Int(try row.int32("wave")),
            agentVersion: try row.optionalText("agent_version"),
            isLinked: try row.bool("is_linked"),
            health: try row.named("health"),
            revision: try row.revision("revision"),
            appliedRevision: try row.revision("applied_revision"),
            refusedBefore: try row.int64("refused_before"),
            refusedNow: try row.int64("refused_changes"),
            activeBefore: try row.optionalInt32("active_before").map { Int($0) },
            activeNow: try row.optionalInt32("peers_recently_active").map { Int($0) },
            peersInTable: try row.optionalInt32("peers_in_table").map { Int($0) },
            peersInKernel: try row.optionalInt32("peers_in_kernel").map { Int($0) },
            conditionsBefore: try row.textArray("conditions_before"),
            conditionsNow: try row.textArray("condition_kinds"),
            conditionsSince: try row.optionalMoment("conditions_since"),
            toldAt: try row.optionalMoment("told_at"),
            passedAt: try row.optionalMoment("passed_at")
        )
    }
}

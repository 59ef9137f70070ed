import FleetPlanning
import Model
import Store

/// Brings the rollout that is under way, if any, a step further.
struct RolloutRound {
    let store: Store
    let policy: RolloutPolicy
    let lease: FleetLease?
    let now: Timestamp

    /// - Returns: whether there is one.
    @discardableResult
    func run() async throws -> Bool {
        guard let rollout = try await store.openRollout() else { return false }
        if rollout.isRollingBack {
            try await lookAtRollback(rollout)
        } else if !rollout.newcomers.isEmpty {
            try await store.assignWaves(try waves(for: rollout), of: rollout.id, lease: lease)
        } else {
            let (passed, step) = stepRollout(
                version: rollout.version,
                waves: rollout.waves.count,
                currentWave: rollout.wave,
                waveBeganAt: rollout.waveBeganAt,
                nodes: rollout.nodes,
                policy: policy,
                names: rollout.names,
                now: now
            )
            try await store.recordStep(step, passed: passed, of: rollout.id, lease: lease, now: now)
        }
        return true
    }

    /// Who enrols while a rollout runs comes with its last wave.
    private func waves(for rollout: OpenRollout) throws -> [NodeID: Int] {
        guard rollout.nodes.isEmpty else {
            return Dictionary(uniqueKeysWithValues: rollout.newcomers.map { ($0.id, rollout.waves.count - 1) })
        }
        return try RolloutWaves(texts: rollout.waves).assign(rollout.newcomers)
    }

    private func lookAtRollback(_ rollout: OpenRollout) async throws {
        let isOver = rollout.nodes.allSatisfy { node in
            guard node.toldAt != nil, let previous = rollout.previousVersions[node.id] else { return true }
            // A lost node is told when it is back.
            return node.health == .lost || node.agentVersion == previous
        }
        if isOver { try await store.endRollback(of: rollout.id, lease: lease, now: now) }
    }
}

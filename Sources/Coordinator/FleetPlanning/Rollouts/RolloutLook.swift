import Model

/// One look at a rollout's current wave.
struct RolloutLook {
    /// How many nodes a reason names; the rest is a number.
    private static let namedNodes = 10

    let version: String
    let currentWave: Int
    let isLastWave: Bool
    let waveBeganAt: Timestamp
    let nodes: [RolloutNode]
    let policy: RolloutPolicy
    let names: [NodeID: String]
    let now: Timestamp

    private struct Held {
        let node: RolloutNode
        let obstacle: RolloutObstacle
    }

    /// Of earlier waves only those that have not passed: a node that dies long after is another matter.
    private var concerned: [RolloutNode] {
        nodes.filter { $0.wave == currentWave || $0.wave < currentWave && $0.passedAt == nil }
    }

    var newlyPassed: [NodeID] {
        concerned.filter { $0.toldAt != nil && $0.passedAt == nil && obstacle(of: $0) == nil }.map(\.id)
    }

    var step: RolloutStep {
        let concerned = concerned
        let held = concerned.filter { $0.toldAt != nil }.compactMap { node in
            obstacle(of: node).map { Held(node: node, obstacle: $0) }
        }
        let failed = held.filter { $0.obstacle.isFailure || isOverdue($0.node) }
        guard failed.isEmpty else { return .halt(reason: "version \(version): \(list(failed))") }
        let untold = concerned.filter { $0.toldAt == nil && $0.health == .alive }
        guard untold.isEmpty else { return .tell(untold.map(\.id)) }
        let waiting = held + doubtful.map { Held(node: $0, obstacle: .notAlive($0.health)) }
        guard waiting.isEmpty else { return .wait(reason: list(waiting)) }
        return stepWhenAllPassed
    }

    private var stepWhenAllPassed: RolloutStep {
        let passed = newlyPassed.isEmpty ? concerned.compactMap(\.passedAt).max() : now
        if let passed, now - passed < policy.soak {
            let left = policy.soak - (now - passed)
            return .wait(reason: "every node has passed; watched for \(left.components.seconds) s more")
        }
        let isProved = !newlyPassed.isEmpty || nodes.contains { $0.passedAt != nil }
        if !isProved, nodes.contains(where: { $0.wave <= currentWave }) {
            return .halt(reason: "version \(version): no node could be told, so nothing has proved it")
        }
        return isLastWave ? .done : .passWave(next: currentWave + 1)
    }

    /// Nodes of this wave that may be told yet, or lost. One that takes too long to be either is skipped: that it is
    /// out of sight says nothing about the version.
    private var doubtful: [RolloutNode] {
        guard now - waveBeganAt < policy.timeout else { return [] }
        return nodes.filter {
            $0.wave == currentWave && $0.toldAt == nil && ($0.health == .suspect || $0.health == .returning)
        }
    }

    private func obstacle(of node: RolloutNode) -> RolloutObstacle? {
        node.obstacle(version: version, policy: policy, now: now)
    }

    private func isOverdue(_ node: RolloutNode) -> Bool {
        // A node that has passed gets the time again for what comes later, such as a link that breaks.
        guard let since = node.passedAt ?? node.toldAt else { return false }
        return now - since >= policy.timeout
    }

    private func list(_ held: [Held]) -> String {
        let named = held.prefix(Self.namedNodes).map { held in
            "\(names[held.node.id] ?? held.node.id.description) \(held.obstacle)"
        }
        let rest = held.count - named.count
        return (named + (rest > 0 ? ["and \(count(rest, "node")) more"] : [])).joined(separator: ", ")
    }
}

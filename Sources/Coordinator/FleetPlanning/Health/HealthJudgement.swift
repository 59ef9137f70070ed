import Model

/// The next state of one node.
struct HealthJudgement {
    let policy: HealthPolicy
    /// Neither brake nor amnesty holds.
    let mayLose: Bool
    let now: Timestamp

    /// Nil when it stays as it is.
    func change(of node: ObservedNode, silence: NodeSilence) -> HealthChange? {
        let penalty = policy.damping.faded(node.flapPenalty, from: node.flapPenaltyAt, to: now)
        let isHeard = silence.unheard < policy.suspectAfter
        func become(_ health: NodeHealth, penalty: Int, _ reason: String) -> HealthChange {
            HealthChange(node: node.id, from: node.health, to: health, flapPenalty: penalty, reason: reason)
        }
        switch node.health {
        case .alive:
            // Never lost at once: a look that came late doubts first, and looks again.
            guard silence.watched >= policy.suspectAfter else { return nil }
            return become(.suspect, penalty: penalty, "not heard for \(seconds(silence.watched))")
        case .suspect:
            if isHeard {
                let grown = policy.damping.grown(penalty, by: policy.damping.suspectPenalty)
                return become(.alive, penalty: grown, "heard again")
            }
            guard mayLose, silence.watched >= policy.lostAfter else { return nil }
            return become(.lost, penalty: penalty, "not heard for \(seconds(silence.watched))")
        case .lost:
            guard isHeard else { return nil }
            let grown = policy.damping.grown(penalty, by: policy.damping.lostPenalty)
            let wait = seconds(policy.damping.wait(for: grown))
            return become(.returning, penalty: grown, "heard again; waits for its revision, and \(wait) at most")
        case .returning:
            if !isHeard {
                // It was lost a moment ago and holds nobody's trust: no second chance of `lostAfter`.
                guard mayLose, silence.watched >= policy.suspectAfter else { return nil }
                return become(.lost, penalty: penalty, "silent again for \(seconds(silence.watched))")
            }
            guard node.isLinked, node.appliedRevision >= node.revision, hasWaited(node, penalty) else { return nil }
            return become(.alive, penalty: penalty, "at revision \(node.appliedRevision)")
        }
    }

    private func hasWaited(_ node: ObservedNode, _ penalty: Int) -> Bool {
        // A time in the future is a clock put back, and says nothing of how long the node has waited.
        node.healthSince > now || now - node.healthSince >= policy.damping.wait(for: penalty)
    }

    private func seconds(_ duration: Duration) -> String { "\(duration.components.seconds) s" }
}

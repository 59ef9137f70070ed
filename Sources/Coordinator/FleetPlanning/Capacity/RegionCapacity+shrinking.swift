import Model
import Placement

extension RegionCapacity {
    /// The node that the region can do without, when all is calm.
    var removal: CapacityDecision? {
        // Nothing is below nothing: 0 turns shrinking off.
        guard policy.scaleDownBelow_permille > 0, situation.pendingNodes == 0, situation.missingPlaces == 0,
            usable.count == members.count,
            usable.count > max(1, policy.minNodes),
            expected.peers == 0 || Permille.of(expected.peers, expected.capacity) < policy.scaleDownBelow_permille
        else { return nil }
        // The one that is emptied soonest, then the one that is missed least.
        let candidates = usable.sorted { ($0.peerCount, $0.capacity, $0.id) < ($1.peerCount, $1.capacity, $1.id) }
        for candidate in candidates {
            let others = usable.filter { $0.id != candidate.id }
            let after = RegionFigures(usable: others, missingPlaces: candidate.peerCount)
            guard after.isWithin(permille: policy.target_permille), !policy.keepsHeadroom || after.survivesLargest
            else { continue }
            return .remove(
                region: situation.region,
                node: candidate.id,
                reason: removalReason(candidate, after: after)
            )
        }
        return nil
    }

    private func removalReason(_ node: FleetNode, after: RegionFigures) -> String {
        let used = "uses \(expected.peers) of \(expected.capacity) places: \(Permille.text(expected.used_permille))"
        let bound = "below \(Permille.text(policy.scaleDownBelow_permille))"
        let outcome = "without the node \(after.peers) of \(after.capacity): \(Permille.text(after.used_permille))"
        return "\(used), \(bound); the node with the fewest peers has \(node.peerCount), and \(outcome)"
    }
}

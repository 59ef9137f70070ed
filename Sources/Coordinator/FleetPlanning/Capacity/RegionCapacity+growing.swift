import Model

extension RegionCapacity {
    /// Why the region needs nodes, the most pressing reason first; nil when it does not.
    var shortage: (reason: String, isUrgent: Bool)? {
        let pending = situation.pendingNodes > 0 ? " with \(count(situation.pendingNodes, "node")) on the way" : ""
        let used = "\(expected.peers) of \(expected.capacity) places\(pending)"
        if expected.nodes == 0, policy.minNodes > 0 || expected.peers > 0 {
            return ("no node takes peers, \(count(situation.missingPlaces, "peer")) without a place", true)
        }
        if situation.missingPlaces > 0, expected.peers > expected.capacity {
            return ("\(count(situation.missingPlaces, "peer")) without a place: needs \(used)", true)
        }
        if expected.nodes < policy.minNodes {
            return ("\(count(expected.nodes, "node"))\(pending), at least \(policy.minNodes) wanted", false)
        }
        if !expected.isWithin(permille: policy.scaleUpAbove_permille) {
            let share = Permille.text(expected.used_permille)
            let bound = Permille.text(policy.scaleUpAbove_permille)
            return ("uses \(used): \(share), above \(bound)", situation.missingPlaces > 0)
        }
        if policy.keepsHeadroom, !expected.survivesLargest {
            let rest = expected.capacity - expected.largest
            return (
                "uses \(used): without the largest node there would be \(rest)", situation.missingPlaces > 0
            )
        }
        return nil
    }

    func addition(because reason: String) -> CapacityDecision? {
        let allowed = policy.maxNodesAtOnce - situation.pendingNodes
        guard allowed > 0 else { return nil }
        let needed = nodesNeeded
        let number = min(needed, allowed)
        let after = expected.adding(number, capacity: policy.nodeCapacity)
        let nodes = number < needed ? "\(number) of the \(needed) nodes it needs" : "\(count(number, "node")) more"
        var outcome = "\(nodes): \(after.peers) of \(after.capacity)"
        if after.peers > 0 { outcome += ", \(Permille.text(after.used_permille))" }
        return .add(region: situation.region, count: number, reason: "\(reason); \(outcome)")
    }

    /// The fewest nodes that bring the region to its target, and at least one.
    private var nodesNeeded: Int {
        let size = policy.nodeCapacity
        let forMinimum = policy.minNodes - expected.nodes
        let forTarget = missing(to: expected.peers.multipliedRoundingUp(by: 1000, over: policy.target_permille))
        let largest = max(expected.largest, size)
        let forHeadroom = policy.keepsHeadroom && expected.peers > 0 ? missing(to: expected.peers + largest) : 0
        return max(1, forMinimum, forTarget, forHeadroom)
    }

    /// How many nodes bring the region's capacity to `capacity`.
    private func missing(to capacity: Int) -> Int {
        let places = max(0, capacity - expected.capacity)
        return places / policy.nodeCapacity + (places % policy.nodeCapacity > 0 ? 1 : 0)
    }
}

import Model
import Placement

/// The decision for one region.
struct RegionCapacity {
    let situation: RegionSituation
    let policy: CapacityPolicy
    let now: Timestamp
    let members: [FleetNode]
    let usable: [FleetNode]
    /// With the nodes that were asked for.
    let expected: RegionFigures

    init(_ situation: RegionSituation, policy: CapacityPolicy, now: Timestamp) {
        self.situation = situation
        self.policy = policy
        self.now = now
        members = situation.nodes.filter { !$0.isRetired }
        usable = members.filter(\.isOpen)
        expected = RegionFigures(usable: usable, missingPlaces: situation.missingPlaces)
            .adding(situation.pendingNodes, capacity: policy.nodeCapacity)
    }

    var decision: CapacityDecision? {
        if let shortage {
            return shortage.isUrgent || isCooledDown ? addition(because: shortage.reason) : nil
        }
        return isCooledDown ? removal : nil
    }

    private var isCooledDown: Bool {
        guard let last = situation.lastDecisionAt else { return true }
        // A decision further in the future than the cool-down was noted by a clock that has been put back since.
        return now - last >= policy.cooldown || last - now > policy.cooldown
    }
}

import Model

/// Decides which regions get nodes and which give one back; at most one decision for a region.
///
/// A region grows above `scaleUpAbove`, when the loss of its largest node would leave peers without a place, or when
/// it has fewer nodes than it must; it shrinks by one node below `scaleDownBelow`, when all is calm and what remains
/// holds everything below the target. What is asked for counts as if it were there. A region whose peers have no place
/// or which has no usable node does not wait for the cool-down.
///
/// - Parameter brake: while it holds, nothing is decided: nodes that are merely out of sight are not replaced.
public func planCapacity(
    _ regions: [RegionSituation],
    policy: CapacityPolicy,
    now: Timestamp,
    brake: MassFailure? = nil
) -> [CapacityDecision] {
    guard brake == nil else { return [] }
    return regions.sorted { $0.region < $1.region }.compactMap { situation in
        RegionCapacity(situation, policy: policy, now: now).decision
    }
}

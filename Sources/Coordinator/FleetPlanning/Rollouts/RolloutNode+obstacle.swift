import Model

extension RolloutNode {
    /// Why a node that was told has not passed; nil when it has. What cannot be made good comes first.
    func obstacle(version: String, policy: RolloutPolicy, now: Timestamp) -> RolloutObstacle? {
        if health == .lost { return .lost }
        if refusedNow > refusedBefore { return .refusals(refusedNow - refusedBefore) }
        if agentVersion != wantedVersion ?? version { return .version(agentVersion) }
        if !isLinked { return .notLinked }
        if health != .alive { return .notAlive(health) }
        let newConditions = conditionsNow.filter { !conditionsBefore.contains($0) }
        if !newConditions.isEmpty {
            let hasLasted = conditionsSince.map { now - $0 >= policy.conditionLimit } ?? false
            return .closed(newConditions, hasLasted: hasLasted)
        }
        if appliedRevision < revision { return .behind(appliedRevision, of: revision) }
        guard let peersInKernel, let peersInTable else { return .unknownPeers }
        if peersInKernel != peersInTable { return .kernelDiffers(inKernel: peersInKernel, inTable: peersInTable) }
        guard let activeBefore, activeBefore >= policy.activeFloor else { return nil }
        guard let activeNow else { return .activeUnknown(before: activeBefore) }
        return activeNow < activeBefore - activeNow ? .fewerActive(before: activeBefore, now: activeNow) : nil
    }
}

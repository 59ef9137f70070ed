import Model

/// How a peer gets back in one step to where it was before a chain of entries.
struct WayBack {
    private(set) var step: Inverse?
    private(set) var refused: [RollbackPlan.Refused] = []

    /// - Parameter chain: the newest entry first, without a gap; not empty.
    /// - Parameter opened: cordoned nodes that will take peers again.
    init(of peer: PeerID, undoing chain: [AuditedAction], situation: RollbackSituation, opened: Set<NodeID>) {
        guard let place = chain.first?.node else { return }
        var chain = chain
        while let oldest = chain.last {
            guard let target = oldest.fromNode else {
                step = Inverse(entries: chain, action: .removePeer(peer, from: place))
                return
            }
            if target == place {
                refused += chain.map { RollbackPlan.Refused(entry: $0, reason: .leadsBack) }
                return
            }
            let isClosed = situation.cordonedNodes.contains(target) && !opened.contains(target)
            if situation.retiredNodes.contains(target) || isClosed {
                // As far back as there is a way.
                let reason: RollbackRefusal = situation.retiredNodes.contains(target) ? .nodeRetired : .sourceCordoned
                refused.append(RollbackPlan.Refused(entry: oldest, reason: reason))
                chain.removeLast()
            } else {
                step = Inverse(entries: chain, action: .movePeer(peer, from: place, to: target))
                return
            }
        }
    }
}

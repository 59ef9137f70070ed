import Model

/// Chooses the node for one peer: one pass over the fleet.
///
/// Among the nodes of the region that are in order and have room, the one with the fewest peers of the same
/// subscription, then the one that is relatively least loaded with the peer on it, then the one with the lowest id, so
/// that the same fleet always gives the same answer.
public func place(
    _ request: PlacementRequest,
    in fleet: FleetView,
    policy: PlacementPolicy = PlacementPolicy()
) -> Result<NodeID, PlacementFailure> {
    var best: Candidate?
    var passedOver = PassedOver()
    var isRegionKnown = false
    for node in fleet.nodes where node.region == request.region && !node.isRetired {
        isRegionKnown = true
        let capacity = policy.usableCapacity(of: node)
        if let closure = node.closure {
            passedOver.add(closure)
        } else if node.peerCount >= capacity {
            passedOver.full += 1
        } else {
            let companions = policy.spreadsSubscriptions ? request.peersOnNode[node.id, default: 0] : 0
            let candidate = Candidate(node: node, companions: companions)
            best = best.map { min($0, candidate) } ?? candidate
        }
    }
    if let best { return .success(best.node.id) }
    guard isRegionKnown else { return .failure(.unknownRegion(request.region)) }
    return .failure(passedOver.full > 0 ? .regionFull(passedOver) : .noHealthyNode(passedOver))
}

/// A node that could take the peer; the least is the best.
private struct Candidate: Comparable {
    let node: FleetNode
    let companions: Int

    static func < (left: Self, right: Self) -> Bool {
        if left.companions != right.companions { return left.companions < right.companions }
        // a / b < c / d as a · d < c · b, in full width: nothing is rounded. The peer itself counts, so that of two
        // empty nodes the larger one comes first.
        let leftLoad = (left.node.peerCount + 1).multipliedFullWidth(by: right.node.capacity)
        let rightLoad = (right.node.peerCount + 1).multipliedFullWidth(by: left.node.capacity)
        if leftLoad != rightLoad { return leftLoad < rightLoad }
        return left.node.id < right.node.id
    }

    static func == (left: Self, right: Self) -> Bool {
        !(left < right) && !(right < left)
    }
}

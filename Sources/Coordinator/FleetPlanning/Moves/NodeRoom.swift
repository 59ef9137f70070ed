import Model

/// A node with room, as the planner fills it. The least is the one that the next peer prefers.
struct NodeRoom {
    let id: NodeID
    /// Where the node stands in the fleet's list.
    let index: Int
    let capacity: Int
    var peerCount: Int

    /// With one peer more on it; nil when that was its last place.
    var filled: NodeRoom? {
        guard peerCount + 1 < capacity else { return nil }
        var room = self
        room.peerCount += 1
        return room
    }
}

extension NodeRoom: Comparable {
    /// The order of `place`: relatively least loaded with the peer on it, then the lowest id.
    static func < (left: Self, right: Self) -> Bool {
        // a / b < c / d as a · d < c · b, in full width: nothing is rounded.
        let leftLoad = (left.peerCount + 1).multipliedFullWidth(by: right.capacity)
        let rightLoad = (right.peerCount + 1).multipliedFullWidth(by: left.capacity)
        if leftLoad != rightLoad { return leftLoad < rightLoad }
        return left.id < right.id
    }
}

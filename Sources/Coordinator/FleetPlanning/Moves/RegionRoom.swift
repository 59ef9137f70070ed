import Model
import Placement

/// The places of one region: its nodes that can take peers, and why the others cannot.
struct RegionRoom {
    private var rooms: BinaryHeap<NodeRoom>
    /// Every node in order, full ones too.
    private let open: Set<NodeID>
    private let passedOver: PassedOver

    /// - Parameter nodes: those of the region that are not retired, each with its place in the fleet's list.
    init(nodes: [(index: Int, node: FleetNode)]) {
        var rooms: [NodeRoom] = []
        var open: Set<NodeID> = []
        var passedOver = PassedOver()
        for (index, node) in nodes {
            if let closure = node.closure {
                passedOver.add(closure)
            } else {
                open.insert(node.id)
                guard node.peerCount < node.capacity else { continue }
                rooms.append(
                    NodeRoom(id: node.id, index: index, capacity: node.capacity, peerCount: node.peerCount)
                )
            }
        }
        self.rooms = BinaryHeap(rooms)
        self.open = open
        self.passedOver = passedOver
    }

    /// Takes the best place for a peer.
    ///
    /// - Parameter companions: how many peers of the same subscription a node has.
    /// - Returns: the node as it was before; nil when there is no place but on `source`.
    mutating func take(avoiding source: NodeID, companions: (NodeID) -> Int) -> NodeRoom? {
        guard let top = rooms.top else { return nil }
        // Nearly always: the best node is a stranger to the subscription.
        if top.id != source, companions(top.id) == 0 {
            if let filled = top.filled { rooms.replaceTop(with: filled) } else { _ = rooms.pop() }
            return top
        }
        return takeBeyondTop(avoiding: source, companions: companions)
    }

    /// Looks at nodes in their order until one is a stranger to the subscription: at most one more than have a
    /// companion, so the cost of a peer does not grow with the region.
    private mutating func takeBeyondTop(avoiding source: NodeID, companions: (NodeID) -> Int) -> NodeRoom? {
        var seen: [NodeRoom] = []
        var best: (room: NodeRoom, companions: Int)?
        while best?.companions != 0, let room = rooms.pop() {
            seen.append(room)
            guard room.id != source else { continue }
            let count = companions(room.id)
            if best.map({ count < $0.companions }) ?? true { best = (room, count) }
        }
        for room in seen {
            if room.id != best?.room.id {
                rooms.push(room)
            } else if let filled = room.filled {
                rooms.push(filled)
            }
        }
        return best?.room
    }

    /// Why a peer that leaves `source` found no place.
    func failure(leaving source: NodeID) -> PlacementFailure {
        var reason = passedOver
        reason.full = open.count
        if open.contains(source) {
            reason.full -= 1
            reason.cordoned += 1
        }
        return reason.full > 0 ? .regionFull(reason) : .noHealthyNode(reason)
    }
}

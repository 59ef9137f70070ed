import Model
import Placement

/// A region's capacity with what is on its way, and what it is needed for.
struct RegionFigures: Hashable {
    /// How many nodes take peers, or will.
    var nodes: Int
    var capacity: Int
    /// The largest node's.
    var largest: Int
    /// Peers on nodes that take peers, and those without a place. What a cordoned or lost node holds is no need of the
    /// region by itself: whoever moves its peers reports those that do not fit.
    let peers: Int

    init(usable: [FleetNode], missingPlaces: Int) {
        nodes = usable.count
        capacity = usable.reduce(0) { $0 + max(0, $1.capacity) }
        largest = usable.map(\.capacity).max() ?? 0
        peers = usable.reduce(0) { $0 + $1.peerCount } + max(0, missingPlaces)
    }

    func adding(_ count: Int, capacity nodeCapacity: Int) -> RegionFigures {
        guard count > 0 else { return self }
        var figures = self
        figures.nodes += count
        figures.capacity += count * nodeCapacity
        figures.largest = max(largest, nodeCapacity)
        return figures
    }

    var used_permille: Int { Permille.of(peers, capacity) }

    func isWithin(permille: Int) -> Bool {
        peers == 0 || peers.multipliedFullWidth(by: 1000) <= capacity.multipliedFullWidth(by: permille)
    }

    /// Whether every peer would still have a place without the largest node.
    var survivesLargest: Bool { peers <= capacity - largest }
}

import Model

/// One peer that wants a node.
public struct PlacementRequest: Hashable, Sendable {
    public let region: RegionName
    /// How many peers the same subscription has on each node already.
    public let peersOnNode: [NodeID: Int]

    /// - Parameter nodesInUse: the node of each peer that the subscription has; a node may come several times.
    public init(region: RegionName, nodesInUse: [NodeID] = []) {
        self.region = region
        peersOnNode = nodesInUse.reduce(into: [:]) { counts, node in counts[node, default: 0] += 1 }
    }
}

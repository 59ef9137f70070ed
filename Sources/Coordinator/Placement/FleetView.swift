import Model

/// The fleet at one moment. The transaction that commits a placement re-checks the capacity under the node's lock.
public struct FleetView: Hashable, Sendable {
    public private(set) var nodes: [FleetNode]

    public init(nodes: [FleetNode]) {
        self.nodes = nodes
    }

    /// Counts one more peer on a node.
    public mutating func addPeer(to node: NodeID) {
        guard let index = nodes.firstIndex(where: { $0.id == node }) else { return }
        nodes[index].peerCount += 1
    }
}

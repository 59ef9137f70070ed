/// The fleet at one moment. The transaction that commits a placement re-checks the capacity under the node's lock.
public struct FleetView: Hashable, Sendable {
    public let nodes: [FleetNode]

    public init(nodes: [FleetNode]) {
        self.nodes = nodes
    }
}

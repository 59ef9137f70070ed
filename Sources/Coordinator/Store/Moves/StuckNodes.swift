import Model

/// Nodes that do not do their work, and since when what is to be installed on them must wait to be placed elsewhere.
public struct StuckNodes: Hashable, Sendable {
    public let nodes: [NodeID]
    /// Placements that were made before are taken away.
    public let before: Timestamp

    public init(nodes: [NodeID] = [], before: Timestamp) {
        self.nodes = nodes
        self.before = before
    }
}

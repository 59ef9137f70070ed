/// What became of an operator's change to a node.
public enum NodeChange: Hashable, Sendable {
    /// With the peers that the node has.
    case changed(peerCount: Int)
    case unchanged
    case unknownNode
}

import Model

/// What became of an operator's change to a node.
public enum NodeChange: Hashable, Sendable {
    /// With the peers that the node has.
    case changed(peerCount: Int)
    case unchanged
    case unknownNode
    /// It must be empty for this, and it is not.
    case hasPeers(Int)
    /// An operation empties the node, so that it cannot take new peers.
    case isBeingDrained(OperationID)
}

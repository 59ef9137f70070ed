import Model

/// One peer's way from a node to another.
public struct PlannedMove: Hashable, Sendable {
    public let peer: PeerID
    public let source: NodeID
    public let target: NodeID

    public init(peer: PeerID, source: NodeID, target: NodeID) {
        self.peer = peer
        self.source = source
        self.target = target
    }
}

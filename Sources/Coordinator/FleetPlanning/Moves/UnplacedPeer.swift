import Placement

/// A peer that stays where it is, because nothing could take it.
public struct UnplacedPeer: Hashable, Sendable {
    public let peer: PeerToMove
    /// As `place` would say it; the peer's own source counts as cordoned.
    public let failure: PlacementFailure

    public init(peer: PeerToMove, failure: PlacementFailure) {
        self.peer = peer
        self.failure = failure
    }
}

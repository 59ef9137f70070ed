import Model

/// A row of the table.
public struct StoredPeer: Hashable, Sendable {
    public let entry: PeerEntry
    /// The revision that last changed the peer.
    public let revision: Revision
}

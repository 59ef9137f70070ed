import Model

/// A peer as its owner may see it.
public struct PeerRecord: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        /// Stored, and not yet acknowledged by the node.
        case installing
        case active
        /// The node's kernel would not take it.
        case refused
        /// It has no node at the moment.
        case unplaced
        /// The subscription gives no access, or not to so many peers: it is on no node, and keeps its addresses.
        case frozen
    }

    public let id: PeerID
    public let publicKey: PublicKey
    public let addressIndex: Int64
    public let region: RegionName
    public internal(set) var state: State
    public let createdAt: Timestamp
    /// Whether it is being installed on another node, to move there.
    public let isMoving: Bool
    /// Where it is or is being installed.
    public let placement: Placement?

    /// The same peer once its node has taken it.
    public var activated: PeerRecord {
        var peer = self
        peer.state = .active
        return peer
    }

    public struct Placement: Hashable, Sendable {
        public let nodeID: NodeID
        public let revision: Revision
        public let serverPublicKey: PublicKey
        public let endpoint: String
        /// Whether the node's clients reach the internet over IPv6.
        public let offersIPv6: Bool

        public init(
            nodeID: NodeID,
            revision: Revision,
            serverPublicKey: PublicKey,
            endpoint: String,
            offersIPv6: Bool = true
        ) {
            self.nodeID = nodeID
            self.revision = revision
            self.serverPublicKey = serverPublicKey
            self.endpoint = endpoint
            self.offersIPv6 = offersIPv6
        }
    }
}

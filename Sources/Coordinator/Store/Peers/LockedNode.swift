import Database
import Model
import Placement

/// A node's row under the lock of a transaction that puts peers on it.
struct LockedNode {
    private(set) var revision: Revision
    /// None on a node that takes no peers.
    private(set) var room: Int
    /// How many peers came, less those that left.
    private(set) var added: Int32 = 0
    private let node: FleetNode
    private let serverPublicKey: PublicKey
    private let endpoint: String

    init(_ row: Row) throws(DatabaseError) {
        revision = try row.revision("revision")
        node = try FleetNode(row, silence: nil)
        room = node.isOpen ? max(0, node.capacity - node.peerCount) : 0
        serverPublicKey = try row.publicKey("wireguard_public_key")
        endpoint = try row.text("endpoint")
    }

    var isOpen: Bool { node.isOpen }

    /// What became of the node under the lock.
    func advance(of node: NodeID) -> NodeAdvance { NodeAdvance(node: node, revision: revision, peers: added) }

    /// The next revision, and one peer less. Its place is nobody's before the commit.
    mutating func release() -> Revision {
        revision = revision.next
        added -= 1
        return revision
    }

    /// The next revision, and one place less.
    ///
    /// - Parameter places: 0 for a peer that has its place on the node already, since it lingers there.
    mutating func take(on node: NodeID, places: Int = 1) -> PeerRecord.Placement {
        revision = revision.next
        room -= places
        added += Int32(places)
        return PeerRecord.Placement(
            nodeID: node,
            revision: revision,
            serverPublicKey: serverPublicKey,
            endpoint: endpoint,
            offersIPv6: self.node.offersIPv6
        )
    }
}

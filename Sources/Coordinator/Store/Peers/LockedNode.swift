import Database
import Model

/// A node's row under the lock of a provisioning batch.
struct LockedNode {
    private(set) var revision: Revision
    private(set) var room: Int32
    private(set) var added: Int32 = 0
    private let serverPublicKey: PublicKey
    private let endpoint: String

    init(_ row: Row) throws(DatabaseError) {
        revision = try row.revision("revision")
        room = try row.int32("room")
        serverPublicKey = try row.publicKey("wireguard_public_key")
        endpoint = try row.text("endpoint")
    }

    /// What became of the node under the lock.
    func advance(of node: NodeID) -> NodeAdvance { NodeAdvance(node: node, revision: revision, peers: added) }

    /// The next revision, and one place less.
    mutating func take(on node: NodeID) -> PeerRecord.Placement {
        revision = revision.next
        room -= 1
        added += 1
        return PeerRecord.Placement(
            nodeID: node,
            revision: revision,
            serverPublicKey: serverPublicKey,
            endpoint: endpoint
        )
    }
}

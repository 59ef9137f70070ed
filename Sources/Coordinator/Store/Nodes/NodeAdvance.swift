import Database
import Model
import Placement

/// What a transaction that holds a node's row makes of it: the last revision that it took, and how many peers came to
/// the node or left it.
struct NodeAdvance {
    let node: NodeID
    let revision: Revision
    let peers: Int32
}

extension Transaction {
    /// Writes what the nodes have come to, by one statement.
    func advance(_ nodes: [NodeAdvance]) {
        enqueue(
            Store.advanceNodes,
            .uuidArray(nodes.map(\.node.bytes)),
            .int64Array(nodes.map { Int64(clamping: $0.revision.number) }),
            .int32Array(nodes.map(\.peers))
        )
    }

    /// The same for nodes that peers were placed on.
    func advance(_ nodes: [NodeID: LockedNode]) {
        advance(nodes.filter { $0.value.added > 0 }.sorted { $0.key < $1.key }.map { $0.value.advance(of: $0.key) })
    }

    /// A retired node never acknowledges anything again: what it was to remove of these peers is forgotten.
    func forgetRemovals(of peers: Parameter, on nodes: [NodeID]) {
        guard !nodes.isEmpty else { return }
        enqueue(Store.forgetRemovals, .uuidArray(nodes.map(\.bytes)), peers)
    }

    /// Takes the node, whose row is locked, out of the fleet: what it still had to let go of is forgotten, and the peers
    /// that have their place on it get others. No operation on it may be open.
    func retire(_ node: NodeID, by actor: AuditEntry.Actor, now: Timestamp) throws(DatabaseError) {
        enqueue(Store.retireNode, .uuid(node.bytes), .timestamp(now.microseconds))
        let forgotten = try query(Store.forgetFarewells, .uuid(node.bytes))
        var peers: [[UInt8]] = []
        var indexes: [Int64] = []
        for row in forgotten {
            peers.append(try row.uuid("peer_id"))
            indexes.append(try row.int64("address_index"))
        }
        try freeAddresses(indexes, of: peers, now: now)
        startReplacement(of: node, by: actor, reason: "the node was retired", now: now)
    }
}

extension Store {
    /// The rows that a change of assignments takes revisions of, in the order of their ids, so that two such
    /// transactions cannot wait for each other.
    static let lockNodes: Statement = """
        SELECT id, revision, health = 'lost' AS is_lost, retired_at IS NOT NULL AS is_retired FROM nodes
        WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE
        """

    /// Nodes that are to get peers, as `LockedNode` reads them; whether they take any, it says.
    static let lockTargets = Statement(
        """
        SELECT \(FleetNode.columns), revision, wireguard_public_key, endpoint FROM nodes
        WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE
        """
    )

    fileprivate static let advanceNodes: Statement = """
        UPDATE nodes n SET revision = c.revision, peer_count = greatest(n.peer_count + c.peers, 0)
        FROM unnest($1::uuid[], $2::bigint[], $3::integer[]) AS c (id, revision, peers) WHERE n.id = c.id
        """

    fileprivate static let forgetRemovals: Statement =
        "DELETE FROM assignments WHERE node_id = ANY ($1) AND peer_id = ANY ($2) AND state = 'removing'"

    fileprivate static let retireNode: Statement =
        "UPDATE nodes SET retired_at = $2, cordoned = true WHERE id = $1 AND retired_at IS NULL"

    fileprivate static let forgetFarewells: Statement =
        "DELETE FROM assignments WHERE node_id = $1 AND state IN ('lingering', 'removing') RETURNING peer_id, address_index"
}

import Database
import Model

/// Makes assignments removals with their nodes' next revisions, under the nodes' locks; a retired node, which never
/// acknowledges anything again, just loses them.
struct AssignmentRemoval {
    private struct Node {
        var revision: Revision
        let isRetired: Bool
        var removed: Int32 = 0
    }

    private var nodes: [NodeID: Node] = [:]
    private var entries: [(node: NodeID, peer: PeerID, revision: Revision)] = []

    /// - Parameter rows: of `Store.lockNodes`.
    init(nodes rows: QueryResult) throws(DatabaseError) {
        for row in rows {
            nodes[try row.identifier("id")] = Node(
                revision: try row.revision("revision"),
                isRetired: try row.bool("is_retired")
            )
        }
    }

    var changedNodes: [NodeID] { nodes.filter { $0.value.removed > 0 }.keys.sorted() }

    /// - Returns: false for a node that is not locked.
    mutating func add(_ peer: PeerID, on id: NodeID) -> Bool {
        guard var node = nodes[id] else { return false }
        node.revision = node.revision.next
        node.removed += 1
        nodes[id] = node
        entries.append((id, peer, node.revision))
        return true
    }

    func enqueue(in transaction: Transaction) {
        guard !entries.isEmpty else { return }
        let changed = changedNodes
        transaction.advance(
            changed.compactMap { id in
                nodes[id].map { NodeAdvance(node: id, revision: $0.revision, peers: -$0.removed) }
            }
        )
        let owners = Parameter.uuidArray(entries.map(\.node.bytes))
        let peers = Parameter.uuidArray(entries.map(\.peer.bytes))
        transaction.enqueue(
            Self.remove,
            owners,
            peers,
            .int64Array(entries.map { Int64(clamping: $0.revision.number) })
        )
        transaction.forgetRemovals(of: peers, on: changed.filter { nodes[$0]?.isRetired == true })
    }

    private static let remove: Statement = """
        UPDATE assignments a SET state = 'removing', revision = r.revision, moves_from = NULL, linger_until = NULL,
            operation_id = NULL, refused_reason = NULL
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS r (node_id, peer_id, revision)
        WHERE a.node_id = r.node_id AND a.peer_id = r.peer_id
        """
}

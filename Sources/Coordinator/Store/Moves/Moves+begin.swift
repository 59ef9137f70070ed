import Database
import FleetPlanning
import Model

/// A move's begin (decision 0007): the peer is installed on its new node, and stays in its place meanwhile.
extension Store {
    /// Begins those of the moves that still make sense: the peer is where the plan saw it and moves nowhere yet, and the
    /// target is in order and has room.
    ///
    /// - Parameter operation: nothing begins unless it is running; nil for a move that the peer's owner asked for.
    /// - Returns: the moves that were begun, with the targets' revisions.
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func beginMoves(
        _ moves: [PlannedMove],
        of operation: OperationID?,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> [BegunMove] {
        guard !moves.isEmpty else { return [] }
        return try await pool.transaction { transaction in
            try Self.beginMoves(moves, of: operation, lease: lease, now: now, in: transaction)
        }
    }

    static func beginMoves(
        _ moves: [PlannedMove],
        of operation: OperationID?,
        lease: FleetLease?,
        now: Timestamp,
        in transaction: Transaction
    ) throws -> [BegunMove] {
        try transaction.require(lease)
        let results = try transaction.executeAll([
            Self.lockPeers.with(.uuidArray(moves.map(\.peer.bytes))),
            Self.lockTargets.with(.uuidArray(Set(moves.map(\.target)).map(\.bytes))),
            Self.runningOperation.with(.uuid(operation?.bytes)),
            Self.rowsOfPeers.with(.uuidArray(moves.map(\.peer.bytes))),
        ])
        guard operation == nil || results[2].first != nil else { return [] }
        var begin = MoveBegin(operation: operation, now: now)
        for row in results[1] { begin.targets[try row.identifier("id")] = try LockedNode(row) }
        let locked: Set<PeerID> = Set(try results[0].map { row in try row.identifier("id") })
        var rows: [PeerID: [MoveBegin.Held]] = [:]
        for row in results[3] { rows[try row.identifier("peer_id"), default: []].append(try .init(row)) }
        for move in moves where locked.contains(move.peer) { begin.add(move, held: rows[move.peer] ?? []) }
        begin.enqueue(in: transaction)
        return begin.begun
    }

    private static let runningOperation: Statement = """
        SELECT id FROM operations WHERE id = $1 AND state IN ('running', 'waiting') FOR SHARE
        """

    /// One that is being changed at this moment is left for the next time. Peers are locked before nodes, and nodes before
    /// operations, always.
    static let lockPeers: Statement = """
        SELECT id, subscription_id FROM peers WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
        """

    /// Puts peers on nodes; with `moves_from` ($6), to move there from others.
    static let installPeers: Statement = """
        INSERT INTO assignments AS a (node_id, peer_id, state, revision, public_key, address_index, moves_from,
            operation_id, created_at)
        SELECT m.node_id, m.peer_id, 'installing', m.revision, m.public_key, m.address_index, m.moves_from, $7, $8
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[], $5::bigint[], $6::uuid[])
            AS m (node_id, peer_id, revision, public_key, address_index, moves_from)
        -- A peer that comes back to where it lingers, or is about to be removed: the node just keeps it.
        ON CONFLICT (node_id, peer_id) DO UPDATE SET state = 'installing', revision = EXCLUDED.revision,
            moves_from = EXCLUDED.moves_from, operation_id = EXCLUDED.operation_id, created_at = EXCLUDED.created_at,
            linger_until = NULL, switched_at = NULL, refused_reason = NULL, is_return = true
        """

    /// Few for each peer; which of them matter is told apart by whoever reads them, since PostgreSQL, asked for pairs of
    /// peer and node, may look through a node's whole table for each.
    private static let rowsOfPeers: Statement = """
        SELECT peer_id, node_id, state, moves_from IS NOT NULL AS is_moving, public_key, address_index
        FROM assignments WHERE peer_id = ANY ($1)
        """
}

/// A move that is under way.
public struct BegunMove: Hashable, Sendable {
    public let peer: PeerID
    public let source: NodeID
    public let target: NodeID
    /// The target's revision that installs the peer.
    public let revision: Revision

    public init(peer: PeerID, source: NodeID, target: NodeID, revision: Revision) {
        self.peer = peer
        self.source = source
        self.target = target
        self.revision = revision
    }
}

/// Allots the targets' revisions and places to moves, and writes them.
private struct MoveBegin {
    private struct Entry {
        let move: BegunMove
        let publicKey: PublicKey
        let addressIndex: Int64
    }

    let operation: OperationID?
    let now: Timestamp
    var targets: [NodeID: LockedNode] = [:]
    private var entries: [Entry] = []

    init(operation: OperationID?, now: Timestamp) {
        self.operation = operation
        self.now = now
    }

    var begun: [BegunMove] { entries.map(\.move) }

    /// One of the peer's rows.
    struct Held {
        let node: NodeID
        let state: String
        let isMoving: Bool
        let publicKey: PublicKey
        let addressIndex: Int64

        init(_ row: Row) throws(DatabaseError) {
            node = try row.identifier("node_id")
            state = try row.text("state")
            isMoving = try row.bool("is_moving")
            publicKey = try row.publicKey("public_key")
            addressIndex = try row.int64("address_index")
        }

        var isPlace: Bool { !isMoving && (state == "installing" || state == "active") }
    }

    /// Leaves out a move that makes no sense any more.
    ///
    /// - Parameter held: every row of the peer.
    mutating func add(_ move: PlannedMove, held: [Held]) {
        guard move.source != move.target, var target = targets[move.target], target.isOpen,
            let source = held.first(where: { $0.node == move.source && $0.isPlace }),
            !held.contains(where: \.isMoving)
        else { return }
        // One that lingers there still has its place.
        let places = held.contains { $0.node == move.target && $0.state == "lingering" } ? 0 : 1
        guard target.room >= places else { return }
        let placement = target.take(on: move.target, places: places)
        targets[move.target] = target
        entries.append(
            Entry(
                move: BegunMove(
                    peer: move.peer,
                    source: move.source,
                    target: move.target,
                    revision: placement.revision
                ),
                publicKey: source.publicKey,
                addressIndex: source.addressIndex
            )
        )
    }

    func enqueue(in transaction: Transaction) {
        guard !entries.isEmpty else { return }
        let used = Set(entries.map(\.move.target)).sorted()
        transaction.advance(
            used.compactMap { id in
                targets[id]?.advance(of: id)
            }
        )
        transaction.enqueue(
            Store.installPeers,
            .uuidArray(entries.map(\.move.target.bytes)),
            .uuidArray(entries.map(\.move.peer.bytes)),
            .int64Array(entries.map { Int64(clamping: $0.move.revision.number) }),
            .bytesArray(entries.map(\.publicKey.bytes)),
            .int64Array(entries.map(\.addressIndex)),
            .uuidArray(entries.map(\.move.source.bytes)),
            .uuid(operation?.bytes),
            .timestamp(now.microseconds)
        )
    }
}

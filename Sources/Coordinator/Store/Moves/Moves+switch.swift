import Database
import Model

/// A move's switch (decision 0007): the new node becomes the peer's place, and the old one keeps it for a while.
extension Store {
    /// Switches the moves that their targets have acknowledged. Every instance may do it; what is done already is left
    /// alone.
    ///
    /// - Parameters:
    ///   - peers: nil for every peer.
    ///   - linger: how long the old node keeps a peer that its owner has moved; an operation's moves have their own.
    ///   - limit: how many at most.
    public func switchMoves(
        of peers: [PeerID]? = nil,
        linger: Duration,
        limit: Int,
        lease: FleetLease? = nil,
        now: Timestamp
    ) async throws -> [SwitchedMove] {
        let find = Self.dueMoves.with(.uuidArray((peers ?? []).map(\.bytes)), .bool(peers == nil), .int64(Int64(limit)))
        let due = try await pool.query(find) { rows in
            try rows.map { row in
                (
                    peer: try row.identifier("peer_id") as PeerID,
                    nodes: [try row.identifier("source"), try row.identifier("target")] as [NodeID]
                )
            }
        }
        guard !due.isEmpty else { return [] }
        return try await pool.transaction { transaction in
            try transaction.require(lease)
            let ids = Parameter.uuidArray(due.map(\.peer.bytes))
            let results = try transaction.executeAll([
                Self.lockPeers.with(ids),
                // A target that is lost or retired at this moment counts the peers that have their place on it.
                Self.lockNodes.with(.uuidArray(Set(due.flatMap(\.nodes)).map(\.bytes))),
                Self.dueMoves.with(ids, .bool(false), .int64(Int64(limit))),
            ])
            var batch = MoveSwitch(linger: linger, now: now)
            for row in results[1] { batch.sources[try row.identifier("id")] = try .init(row) }
            let owners: [PeerID: SubscriptionID] = Dictionary(
                uniqueKeysWithValues: try results[0].map { row in
                    (try row.identifier("id"), try row.identifier("subscription_id"))
                }
            )
            for row in results[2] {
                guard let owner = owners[try row.identifier("peer_id")] else { continue }
                try batch.add(row, owner: owner)
            }
            batch.enqueue(in: transaction)
            return batch.switched
        }
    }

    private static let dueMoves: Statement = """
        SELECT t.peer_id, t.node_id AS target, t.moves_from AS source, t.operation_id, o.linger_s
        FROM assignments t JOIN nodes n ON n.id = t.node_id
        LEFT JOIN operations o ON o.id = t.operation_id
        WHERE t.moves_from IS NOT NULL AND ($2 OR t.peer_id = ANY ($1))
            AND t.revision <= n.applied_revision AND t.refused_reason IS NULL
            AND n.retired_at IS NULL AND n.health <> 'lost' AND o.state IS DISTINCT FROM 'cancelling'
        LIMIT $3
        """
}

/// A move that is done but for the old node's farewell.
public struct SwitchedMove: Hashable, Sendable {
    public let peer: PeerID
    public let source: NodeID
    public let target: NodeID

    public init(peer: PeerID, source: NodeID, target: NodeID) {
        self.peer = peer
        self.source = source
        self.target = target
    }
}

/// Takes the old nodes' revisions, and writes the switches.
private struct MoveSwitch {
    struct Source {
        var revision: Revision
        let isLost: Bool
        let isRetired: Bool
        var left: Int32 = 0

        init(_ row: Row) throws(DatabaseError) {
            revision = try row.revision("revision")
            isLost = try row.bool("is_lost")
            isRetired = try row.bool("is_retired")
        }
    }

    private struct Entry {
        let move: SwitchedMove
        let subscription: SubscriptionID
        let operation: OperationID?
        let sourceRevision: Revision
        /// Nil: the old node has to remove it at once.
        let lingerUntil: Timestamp?
    }

    let linger: Duration
    let now: Timestamp
    var sources: [NodeID: Source] = [:]
    private var entries: [Entry] = []

    init(linger: Duration, now: Timestamp) {
        self.linger = linger
        self.now = now
    }

    var switched: [SwitchedMove] { entries.map(\.move) }

    mutating func add(_ row: Row, owner: SubscriptionID) throws(DatabaseError) {
        let id: NodeID = try row.identifier("source")
        guard var source = sources[id] else { return }
        source.revision = source.revision.next
        // Nobody can use a tunnel to a node that is gone.
        let keeps = !source.isLost && !source.isRetired
        if !keeps { source.left += 1 }
        sources[id] = source
        let linger = try row.optionalInt64("linger_s").map { Duration.seconds($0) } ?? linger
        entries.append(
            Entry(
                move: SwitchedMove(
                    peer: try row.identifier("peer_id"),
                    source: id,
                    target: try row.identifier("target")
                ),
                subscription: owner,
                operation: try row.optionalIdentifier("operation_id"),
                sourceRevision: source.revision,
                lingerUntil: keeps ? now + linger : nil
            )
        )
    }

    func enqueue(in transaction: Transaction) {
        guard !entries.isEmpty else { return }
        let used = Set(entries.map(\.move.source)).sorted()
        transaction.advance(
            used.compactMap { id in
                sources[id].map { NodeAdvance(node: id, revision: $0.revision, peers: -$0.left) }
            }
        )
        let peers = Parameter.uuidArray(entries.map(\.move.peer.bytes))
        // First the old place, then the new one: a peer has one at a time, and the index watches each statement.
        transaction.enqueue(
            Self.leave,
            .uuidArray(entries.map(\.move.source.bytes)),
            peers,
            .int64Array(entries.map { Int64(clamping: $0.sourceRevision.number) }),
            .timestampArray(entries.map { $0.lingerUntil?.microseconds })
        )
        transaction.enqueue(Self.arrive, .uuidArray(entries.map(\.move.target.bytes)), peers)
        transaction.enqueue(Self.changeRegions, .uuidArray(entries.map(\.move.target.bytes)), peers)
        transaction.forgetRemovals(of: peers, on: used.filter { sources[$0]?.isRetired == true })
        let operations = Set(entries.compactMap(\.operation)).sorted()
        if !operations.isEmpty {
            transaction.enqueue(
                Self.countMoved,
                .uuidArray(operations.map(\.bytes)),
                .int32Array(operations.map { id in Int32(clamping: entries.count { $0.operation == id }) }),
                .timestamp(now.microseconds)
            )
        }
        transaction.audit(entries.map(auditEntry))
    }

    private func auditEntry(_ entry: Entry) -> AuditEntry {
        AuditEntry(
            at: now,
            actor: entry.operation == nil ? .customer : .system,
            action: .peerMoved,
            nodeID: entry.move.target,
            peerID: entry.move.peer,
            subscriptionID: entry.subscription,
            operationID: entry.operation,
            fromNodeID: entry.move.source
        )
    }

    private static let leave: Statement = """
        UPDATE assignments a SET revision = m.revision, linger_until = m.linger_until, operation_id = NULL,
            state = CASE WHEN m.linger_until IS NULL THEN 'removing' ELSE 'lingering' END
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[])
            AS m (node_id, peer_id, revision, linger_until)
        WHERE a.node_id = m.node_id AND a.peer_id = m.peer_id
        """

    private static let arrive: Statement = """
        UPDATE assignments a SET state = 'active', moves_from = NULL, switched_at = clock_timestamp()
        FROM unnest($1::uuid[], $2::uuid[]) AS m (node_id, peer_id)
        WHERE a.node_id = m.node_id AND a.peer_id = m.peer_id
        """

    private static let changeRegions: Statement = """
        UPDATE peers p SET region = n.region FROM unnest($1::uuid[], $2::uuid[]) AS m (node_id, peer_id)
        JOIN nodes n ON n.id = m.node_id WHERE p.id = m.peer_id AND p.region <> n.region
        """

    private static let countMoved: Statement = """
        UPDATE operations o SET moved = o.moved + c.moved, updated_at = $3
        FROM unnest($1::uuid[], $2::integer[]) AS c (id, moved) WHERE o.id = c.id
        """
}

import Database
import FleetPlanning
import Model

/// Peers whose node does not install them are placed on another one. Nothing has to be made before it is broken: the
/// node has never said that it serves them.
extension Store {
    /// Peers that wait to be installed on such nodes, and are not on their way elsewhere; the oldest first.
    public func stuckPeers(_ stuck: StuckNodes, limit: Int) async throws -> [PeerToMove] {
        guard !stuck.nodes.isEmpty else { return [] }
        return try await pool.transaction(isolation: .repeatableRead) { transaction in
            let rows = try transaction.query(
                Self.stuckPeers,
                .uuidArray(stuck.nodes.map(\.bytes)),
                .timestamp(stuck.before.microseconds),
                .int64(Int64(limit))
            )
            return try Self.peersToMove(rows, in: transaction)
        }
    }

    /// Takes peers that their nodes have not installed from them, and gives them to others, in one transaction. What has
    /// changed meanwhile is left out: the node has installed the peer, or the other one takes none.
    ///
    /// - Parameters:
    ///   - reason: for the audit log.
    ///   - lease: of the controller that decided it; nil for a request that met the refusal.
    /// - Returns: what was placed elsewhere; both nodes have something to be sent.
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func placeElsewhere(
        _ moves: [PlannedMove],
        reason: String,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> [BegunMove] {
        guard !moves.isEmpty else { return [] }
        return try await pool.transaction { transaction in
            try transaction.require(lease)
            let peers = Parameter.uuidArray(moves.map(\.peer.bytes))
            let results = try transaction.executeAll([
                Self.lockPeers.with(peers),
                Self.lockTargets.with(.uuidArray(Set(moves.flatMap { [$0.source, $0.target] }).map(\.bytes))),
                Self.waitingPlaces.with(peers),
            ])
            var batch = ReplacedPlaces(reason: reason, now: now)
            for row in results[0] { batch.owners[try row.identifier("id")] = try row.identifier("subscription_id") }
            for row in results[1] { batch.nodes[try row.identifier("id")] = try LockedNode(row) }
            for row in results[2] { batch.places[try row.identifier("peer_id")] = try .init(row) }
            for move in moves { batch.add(move) }
            batch.enqueue(in: transaction)
            return batch.placed
        }
    }

    private static let stuckPeers: Statement = """
        SELECT a.peer_id, a.node_id, p.subscription_id, n.region
        FROM nodes n JOIN assignments a ON a.node_id = n.id JOIN peers p ON p.id = a.peer_id
        WHERE n.id = ANY ($1) AND n.retired_at IS NULL AND a.state = 'installing' AND num_nulls(a.moves_from) = 1
            AND (a.revision > n.applied_revision OR a.refused_reason IS NOT NULL) AND a.created_at < $2
            AND NOT EXISTS (SELECT FROM assignments m WHERE m.peer_id = a.peer_id AND m.moves_from IS NOT NULL)
        ORDER BY a.created_at, a.peer_id LIMIT $3
        """

    /// The places that are not installed, with the nodes on which the peer lingers.
    private static let waitingPlaces: Statement = """
        SELECT a.peer_id, a.node_id, a.public_key, a.address_index, ARRAY(SELECT l.node_id FROM assignments l
            WHERE l.peer_id = a.peer_id AND l.state = 'lingering') AS lingering_on
        FROM assignments a JOIN nodes n ON n.id = a.node_id
        WHERE a.peer_id = ANY ($1) AND a.state = 'installing' AND a.moves_from IS NULL
            AND (a.revision > n.applied_revision OR a.refused_reason IS NOT NULL)
            AND NOT EXISTS (SELECT FROM assignments m WHERE m.peer_id = a.peer_id AND m.moves_from IS NOT NULL)
        """
}

/// Takes revisions of both nodes of each place that is given away, and writes it all.
private struct ReplacedPlaces {
    struct Place {
        let node: NodeID
        let publicKey: PublicKey
        let addressIndex: Int64
        let lingeringOn: Set<NodeID>

        init(_ row: Row) throws(DatabaseError) {
            node = try row.identifier("node_id")
            publicKey = try row.publicKey("public_key")
            addressIndex = try row.int64("address_index")
            lingeringOn = Set(try row.uuidArray("lingering_on").compactMap { NodeID(bytes: $0) })
        }
    }

    private struct Entry {
        let move: BegunMove
        let subscription: SubscriptionID
        let place: Place
        let sourceRevision: Revision
    }

    let reason: String
    let now: Timestamp
    var owners: [PeerID: SubscriptionID] = [:]
    var nodes: [NodeID: LockedNode] = [:]
    var places: [PeerID: Place] = [:]
    private var entries: [Entry] = []

    init(reason: String, now: Timestamp) {
        self.reason = reason
        self.now = now
    }

    var placed: [BegunMove] { entries.map(\.move) }

    mutating func add(_ move: PlannedMove) {
        guard move.source != move.target, let subscription = owners[move.peer],
            let place = places.removeValue(forKey: move.peer), place.node == move.source,
            var source = nodes[move.source], var target = nodes[move.target], target.isOpen
        else { return }
        let needed = place.lingeringOn.contains(move.target) ? 0 : 1
        guard target.room >= needed else { return }
        let placement = target.take(on: move.target, places: needed)
        let sourceRevision = source.release()
        nodes[move.target] = target
        nodes[move.source] = source
        entries.append(
            Entry(
                move: BegunMove(
                    peer: move.peer,
                    source: move.source,
                    target: move.target,
                    revision: placement.revision
                ),
                subscription: subscription,
                place: place,
                sourceRevision: sourceRevision
            )
        )
    }

    func enqueue(in transaction: Transaction) {
        guard !entries.isEmpty else { return }
        let used = Set(entries.flatMap { [$0.move.source, $0.move.target] }).sorted()
        transaction.advance(used.compactMap { id in nodes[id]?.advance(of: id) })
        let peers = Parameter.uuidArray(entries.map(\.move.peer.bytes))
        // First the old place, then the new one: a peer has one at a time, and the index watches each statement.
        transaction.enqueue(
            Self.leave,
            .uuidArray(entries.map(\.move.source.bytes)),
            peers,
            .int64Array(entries.map { Int64(clamping: $0.sourceRevision.number) })
        )
        let targets = Parameter.uuidArray(entries.map(\.move.target.bytes))
        transaction.enqueue(
            Store.installPeers,
            targets,
            peers,
            .int64Array(entries.map { Int64(clamping: $0.move.revision.number) }),
            .bytesArray(entries.map(\.place.publicKey.bytes)),
            .int64Array(entries.map(\.place.addressIndex)),
            .uuidArray(entries.map { _ in nil }),
            .uuid(nil),
            .timestamp(now.microseconds)
        )
        transaction.enqueue(Self.tell, targets, peers)
        transaction.audit(
            entries.map { entry in
                AuditEntry(
                    at: now,
                    actor: .system,
                    action: .peerPlacedElsewhere,
                    nodeID: entry.move.target,
                    peerID: entry.move.peer,
                    subscriptionID: entry.subscription,
                    revision: entry.move.revision,
                    detail: reason,
                    fromNodeID: entry.move.source
                )
            }
        )
    }

    private static let leave: Statement = """
        UPDATE assignments a SET state = 'removing', revision = r.revision, operation_id = NULL, refused_reason = NULL
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS r (node_id, peer_id, revision)
        WHERE a.node_id = r.node_id AND a.peer_id = r.peer_id
        """

    /// Apps that listen are told as of any switch.
    private static let tell: Statement = """
        UPDATE assignments a SET switched_at = clock_timestamp()
        FROM unnest($1::uuid[], $2::uuid[]) AS m (node_id, peer_id)
        WHERE a.node_id = m.node_id AND a.peer_id = m.peer_id
        """
}

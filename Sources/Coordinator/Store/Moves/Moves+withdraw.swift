import Database
import Model

/// A move that is not to be: its peer stays where it is.
extension Store {
    /// Withdraws the moves that cannot or should not end: the target is lost, retired, drained or has refused the peer, or
    /// the operation is being cancelled.
    ///
    /// - Parameter stuck: targets that do not do their work: what they have not installed is withdrawn too.
    /// - Returns: what was withdrawn; the targets have something to remove.
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func withdrawMoves(
        stuck: StuckNodes,
        limit: Int,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> [WithdrawnMove] {
        @Sendable func hopelessMoves(of peers: [PeerID]?) -> BoundStatement {
            Self.hopelessMoves.with(
                .uuidArray((peers ?? []).map(\.bytes)),
                .bool(peers == nil),
                .int64(Int64(limit)),
                .uuidArray(stuck.nodes.map(\.bytes)),
                .timestamp(stuck.before.microseconds)
            )
        }
        let find = hopelessMoves(of: nil)
        let hopeless = try await pool.query(find) { rows in try rows.map { row in try WithdrawnMove(row) } }
        guard !hopeless.isEmpty else { return [] }
        return try await pool.transaction { transaction in
            try transaction.require(lease)
            let ids = Parameter.uuidArray(hopeless.map(\.peer.bytes))
            let results = try transaction.executeAll([
                Self.lockPeers.with(ids),
                Self.lockNodes.with(.uuidArray(Set(hopeless.map(\.target)).map(\.bytes))),
                hopelessMoves(of: hopeless.map(\.peer)),
            ])
            var removal = try AssignmentRemoval(nodes: results[1])
            let locked: Set<PeerID> = Set(try results[0].map { row in try row.identifier("id") })
            var withdrawn: [WithdrawnMove] = []
            for row in results[2] {
                let move = try WithdrawnMove(row)
                guard locked.contains(move.peer), removal.add(move.peer, on: move.target) else { continue }
                withdrawn.append(move)
            }
            removal.enqueue(in: transaction)
            let undoings = try Self.undoings(withdrawn, in: transaction)
            transaction.audit(
                withdrawn.flatMap { move in
                    (undoings[move.peer] ?? [nil]).map { move.auditEntry(undoing: $0, at: now) }
                }
            )
            return withdrawn
        }
    }

    /// By peer, the entries that say of the withdrawn move that it undoes earlier ones: it does not.
    private static func undoings(
        _ withdrawn: [WithdrawnMove],
        in transaction: Transaction
    ) throws(DatabaseError) -> [PeerID: [Int64?]] {
        let peers = withdrawn.filter { $0.operation == nil }.map(\.peer.bytes)
        guard !peers.isEmpty else { return [:] }
        var undoings: [PeerID: [Int64?]] = [:]
        for row in try transaction.query(moveUndoings, .uuidArray(peers)) {
            undoings[try row.identifier("peer_id"), default: []].append(try row.int64("id"))
        }
        return undoings
    }

    private static let moveUndoings: Statement = """
        SELECT e.id, e.peer_id FROM audit_entries e
        WHERE e.peer_id = ANY ($1) AND e.action = 'peer.move_undone' AND NOT EXISTS (
            SELECT FROM audit_entries l WHERE l.peer_id = e.peer_id AND l.id > e.id
                AND l.action IN ('peer.moved', 'peer.move_withdrawn'))
        ORDER BY e.id DESC
        """

    /// What arrived at a node that is being drained would have to go on at once, or come when the drain is over.
    private static let hopelessMoves: Statement = """
        SELECT t.peer_id, t.node_id AS target, t.moves_from AS source, t.operation_id, t.refused_reason,
            n.retired_at IS NOT NULL AS is_retired, n.health = 'lost' AS is_lost, d.id IS NOT NULL AS is_drained,
            t.node_id = ANY ($4) AND t.revision > n.applied_revision AND t.created_at < $5 AS is_stuck
        FROM assignments t JOIN nodes n ON n.id = t.node_id LEFT JOIN operations o ON o.id = t.operation_id
        LEFT JOIN operations d ON d.node_id = t.node_id AND d.ended_at IS NULL AND d.kind = 'drain'
            AND d.state <> 'cancelling'
        WHERE t.moves_from IS NOT NULL AND ($2 OR t.peer_id = ANY ($1))
            AND (n.retired_at IS NOT NULL OR n.health = 'lost' OR t.refused_reason IS NOT NULL
                OR d.id IS NOT NULL OR o.state = 'cancelling'
                OR t.node_id = ANY ($4) AND t.revision > n.applied_revision AND t.created_at < $5)
        LIMIT $3
        """
}

/// A move that was taken back, and why.
public struct WithdrawnMove: Hashable, Sendable {
    public enum Reason: Hashable, Sendable, CustomStringConvertible {
        case targetRetired
        case targetLost
        case targetDrained
        case refused(String)
        /// It does not do its work, and has not installed the peer.
        case targetOutOfOrder
        case cancelled

        public var description: String {
            switch self {
            case .targetRetired: "the target was retired"
            case .targetLost: "the target was lost"
            case .targetDrained: "the target is being drained"
            case .refused(let reason): "the target refused the peer: \(reason)"
            case .targetOutOfOrder: "the target is out of order and has not installed the peer"
            case .cancelled: "cancelled"
            }
        }
    }

    public let peer: PeerID
    public let source: NodeID
    public let target: NodeID
    public let operation: OperationID?
    public let reason: Reason

    public init(peer: PeerID, source: NodeID, target: NodeID, operation: OperationID?, reason: Reason) {
        self.peer = peer
        self.source = source
        self.target = target
        self.operation = operation
        self.reason = reason
    }

    init(_ row: Row) throws(DatabaseError) {
        peer = try row.identifier("peer_id")
        source = try row.identifier("source")
        target = try row.identifier("target")
        operation = try row.optionalIdentifier("operation_id")
        if try row.bool("is_retired") {
            reason = .targetRetired
        } else if try row.bool("is_lost") {
            reason = .targetLost
        } else if try row.bool("is_drained") {
            reason = .targetDrained
        } else if let refused = try row.optionalText("refused_reason") {
            reason = .refused(refused)
        } else if try row.bool("is_stuck") {
            reason = .targetOutOfOrder
        } else {
            reason = .cancelled
        }
    }

    fileprivate func auditEntry(undoing entry: Int64?, at now: Timestamp) -> AuditEntry {
        AuditEntry(
            at: now,
            actor: .system,
            action: .moveWithdrawn,
            nodeID: target,
            peerID: peer,
            detail: "\(reason)",
            operationID: operation,
            fromNodeID: source,
            undoes: entry
        )
    }
}

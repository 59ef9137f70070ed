import Database
import FleetPlanning
import Model

/// Undoing what the audit log says: one step of the plan at a time, each in a transaction of its own that checks again
/// what the plan built on.
extension Store {
    /// Carries out one step. Every entry that it undoes gets an entry that says so.
    public func carryOut(
        _ step: Inverse,
        of rollback: PlannedRollback,
        by actor: AuditEntry.Actor,
        now: Timestamp
    ) async throws -> RollbackOutcome {
        guard let newest = step.entries.first?.id else { return .overtaken }
        let name = { (node: NodeID) in rollback.names[node] ?? "" }
        switch step.action {
        case .cordon(let node):
            return Self.outcome(
                try await setCordon(true, ofNodeNamed: name(node), by: actor, undoing: newest, now: now)
            )
        case .uncordon(let node):
            return Self.outcome(
                try await setCordon(false, ofNodeNamed: name(node), by: actor, undoing: newest, now: now)
            )
        case .edit(let node, let changes):
            guard let edit = Self.edit(changes) else { return .overtaken }
            return Self.outcome(
                try await editNode(
                    named: name(node),
                    edit,
                    by: actor,
                    undoing: newest,
                    expecting: Dictionary(changes.map { ($0.name, $0.from) }) { first, _ in first },
                    now: now
                )
            )
        case .revokeJoinToken:
            let token = rollback.tokens[newest] ?? ""
            let revoked = try await revokeJoinToken(token, by: actor, undoing: newest, now: now)
            return revoked == .revoked ? .done([]) : .overtaken
        case .removePeer(let peer, let node):
            return try await undoPlacing(peer, on: node, step.entries, actor, now)
        case .movePeer(let peer, let from, let to):
            return try await undoMoving(
                PlannedMove(peer: peer, source: from, target: to),
                step.entries,
                actor,
                now
            )
        }
    }

    private static func outcome(_ change: NodeChange) -> RollbackOutcome {
        if case .changed = change { .done([]) } else { .overtaken }
    }

    /// Nil for a setting that this version does not know.
    private static func edit(_ changes: [SettingChange]) -> NodeEdit? {
        var edit = NodeEdit()
        for change in changes {
            if change.name == "capacity", let capacity = change.to.flatMap(Int.init) {
                edit.capacity = capacity
            } else if change.name.hasPrefix("labels.") {
                edit.labels[String(change.name.dropFirst("labels.".count))] = .some(change.to)
            } else {
                return nil
            }
        }
        return edit
    }

    private func undoPlacing(
        _ peer: PeerID,
        on node: NodeID,
        _ entries: [AuditedAction],
        _ actor: AuditEntry.Actor,
        _ now: Timestamp
    ) async throws -> RollbackOutcome {
        try await pool.transaction { transaction in
            guard
                let row = try transaction.query(Self.placedPeer, .uuid(peer.bytes), .uuid(node.bytes)).first,
                let nodes = try transaction.removePeer(
                    peer,
                    of: try row.identifier("subscription_id"),
                    by: actor,
                    undoing: entries.first?.id,
                    now: now
                )
            else { return .overtaken }
            Self.noteUndone(entries.dropFirst(), .peerRemoved, peer, actor, now, in: transaction)
            return .done(nodes)
        }
    }

    /// The move is begun, and made before it is broken like any other. It is noted as undone here; where it is
    /// withdrawn later, that undoes the note.
    private func undoMoving(
        _ move: PlannedMove,
        _ entries: [AuditedAction],
        _ actor: AuditEntry.Actor,
        _ now: Timestamp
    ) async throws -> RollbackOutcome {
        try await pool.transaction { transaction in
            let begun = try Self.beginMoves([move], of: nil, lease: nil, now: now, in: transaction)
            guard !begun.isEmpty else { return .overtaken }
            Self.noteUndone(entries[...], .moveUndone, move.peer, actor, now, in: transaction)
            return .done([move.target])
        }
    }

    private static func noteUndone(
        _ entries: ArraySlice<AuditedAction>,
        _ action: AuditEntry.Action,
        _ peer: PeerID,
        _ actor: AuditEntry.Actor,
        _ now: Timestamp,
        in transaction: Transaction
    ) {
        guard !entries.isEmpty else { return }
        transaction.audit(
            entries.map { entry in
                AuditEntry(
                    at: now,
                    actor: actor,
                    action: action,
                    nodeID: entry.fromNode ?? entry.node,
                    peerID: peer,
                    undoes: entry.id
                )
            }
        )
    }

    private static let placedPeer: Statement = """
        SELECT p.subscription_id FROM peers p JOIN assignments a ON a.peer_id = p.id
        WHERE p.id = $1 AND a.node_id = $2 AND a.state IN ('installing', 'active') AND a.moves_from IS NULL
        FOR NO KEY UPDATE OF p
        """
}

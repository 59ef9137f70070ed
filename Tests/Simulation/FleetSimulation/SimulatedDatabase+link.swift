import Cryptography
import LinkProtocol
import Model
import Store
import Synchronization

/// What a link reads and writes, as `Store` does it.
extension SimulatedDatabase {
    func openLink(_ node: NodeID, session: LinkSessionID, now: Timestamp) -> LinkedNode? {
        state.withLock { state in
            guard let row = state.nodes[node], !row.isRetired else { return nil }
            state.nodes[node]?.session = session
            state.nodes[node]?.heardAt = now
            return LinkedNode(revision: row.revision, appliedRevision: row.applied, appliedDigest: row.digest)
        }
    }

    func closeLink(_ node: NodeID, session: LinkSessionID) {
        state.withLock { state in
            if state.nodes[node]?.session == session { state.nodes[node]?.session = nil }
        }
    }

    /// - Returns: false when the link no longer speaks for its node.
    func recordHeartbeat(_ heartbeat: Heartbeat, of node: NodeID, session: LinkSessionID, now: Timestamp) -> Bool {
        state.withLock { state in
            guard let row = state.nodes[node], row.session == session, !row.isRetired else { return false }
            state.nodes[node]?.heardAt = now
            state.nodes[node]?.lingering = Int(heartbeat.peersLingering)
            state.nodes[node]?.lingeringAsOf = heartbeat.appliedRevision
            if heartbeat.conditions != row.conditions { state.nodes[node]?.troubleChanges += 1 }
            state.nodes[node]?.conditions = heartbeat.conditions
            state.nodes[node]?.conditionsSince = heartbeat.conditions.isEmpty ? nil : row.conditionsSince ?? now
            return true
        }
    }

    func recordAcknowledgement(
        _ value: Acknowledgement,
        of node: NodeID,
        session: LinkSessionID,
        completesSnapshot: Bool,
        now: Timestamp
    ) -> Bool {
        state.withLock { state in
            guard let row = state.nodes[node], row.session == session, value.revision <= row.revision else {
                return false
            }
            let refused = Set(value.refusedPeers.map(\.publicKey))
            for assignment in (state.assignments[node] ?? [:]).values where assignment.revision <= value.revision {
                var changed = assignment
                if refused.contains(assignment.key), assignment.state != .removing {
                    changed.refusal = "no memory"
                } else if completesSnapshot {
                    changed.refusal = nil
                }
                let isNew = completesSnapshot || assignment.revision > row.applied
                switch assignment.state {
                case .installing where assignment.movesFrom == nil && changed.refusal == nil:
                    changed.state = .active
                case .removing where isNew:
                    state[node, assignment.peer] = nil
                    continue
                default:
                    break
                }
                state[node, assignment.peer] = changed
            }
            state.nodes[node]?.applied = value.revision
            state.nodes[node]?.digest = value.tableDigest
            state.nodes[node]?.heardAt = now
            return true
        }
    }

    func changes(of node: NodeID, after revision: Revision, limit: Int) -> ChangeSet {
        state.withLock { state in
            guard let latest = state.nodes[node]?.revision, latest != revision else { return .upToDate }
            guard latest > revision else { return .isBehind }
            let rows = (state.assignments[node] ?? [:]).values.filter { $0.revision > revision }
                .sorted { ($0.revision, $0.key.bytes.first ?? 0) < ($1.revision, $1.key.bytes.first ?? 0) }
            let sent = Array(rows.prefix(limit))
            let end = rows.count > limit ? sent.last?.revision ?? latest : latest
            let upserts = sent.filter { $0.state != .removing }.map(Self.entry)
            let delta = Delta(
                base: revision,
                revision: end,
                upserts: upserts,
                removals: sent.filter { $0.state == .removing }.map(\.key)
            )
            let isForetold = sent.allSatisfy { $0.state == .installing && !$0.isReturn }
            return .delta(
                delta,
                isForetold ? DigestChange(inserted: upserts.map(\.entryHash)) : nil,
                hasMore: rows.count > limit
            )
        }
    }

    func snapshot(of node: NodeID, above: Revision?) -> Snapshot? {
        state.withLock { state in
            guard var row = state.nodes[node] else { return nil }
            if let above {
                row.revision = max(row.revision, above).next
                state.nodes[node]?.revision = row.revision
            }
            let entries = (state.assignments[node] ?? [:]).values.filter { $0.state != .removing }.map(Self.entry)
                .sorted { $0.publicKey.bytes.lexicographicallyPrecedes($1.publicKey.bytes) }
            var digest = TableDigest.empty
            for entry in entries where !entry.isLingering { digest.insert(entryHash: entry.entryHash) }
            let header = SnapshotHeader(
                revision: row.revision,
                peerCount: entries.count,
                digest: digest,
                allowMassRemoval: above == nil
                    && MassRemovalRule.isMeant(
                        removals: (state.assignments[node] ?? [:]).values.count { $0.state == .removing },
                        remaining: entries.count,
                        inTable: nil
                    )
            )
            return Snapshot(header: header, entries: entries)
        }
    }

    private static func entry(_ row: Assignment) -> PeerEntry {
        PeerEntry(publicKey: row.key, allowedIPs: [], isLingering: row.state == .lingering)
    }
}

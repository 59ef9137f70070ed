import Database
import LinkProtocol
import Model

extension Store {
    /// Records that the node has everything up to a revision: what was installing is active, what was to be removed is
    /// gone, and addresses that no node and no peer holds any more are free.
    ///
    /// A peer that is moving here stays `installing`: its switch makes it active, together with what that does elsewhere.
    ///
    /// - Parameter completesSnapshot: a snapshot's permission to remove most of the table is spent.
    /// - Throws: `LinkSuperseded`, or `DatabaseError`.
    public func recordAcknowledgement(
        _ acknowledgement: Acknowledgement,
        of node: NodeID,
        session: LinkSessionID,
        completesSnapshot: Bool,
        now: Timestamp
    ) async throws {
        let revision = Int64(clamping: acknowledgement.revision.number)
        try await pool.transaction { transaction in
            let lock = Self.lockForAcknowledgement.with(.uuid(node.bytes), .uuid(session.bytes), .int64(revision))
            if !acknowledgement.refusedPeers.isEmpty {
                _ = try transaction.executeAll([lock])
                try Self.refuse(acknowledgement, of: node, now: now, in: transaction)
            }
            let results = try transaction.executeAll([
                lock,
                Self.activate.with(.uuid(node.bytes), .int64(revision), .bool(completesSnapshot)),
                Self.deleteRemoved.with(.uuid(node.bytes), .int64(revision), .bool(completesSnapshot)),
                Self.advance.with(
                    .uuid(node.bytes),
                    .int64(revision),
                    .bytes(acknowledgement.tableDigest.bytes),
                    .timestamp(now.microseconds),
                    .bool(completesSnapshot)
                ),
            ])
            // Rolls back what the statements behind the lock did for a link that no longer speaks for its node.
            guard results[0].first != nil else { throw LinkSuperseded() }
            if completesSnapshot {
                // The node holds its whole table: whom it did not name is no longer refused.
                transaction.enqueue(
                    Self.acceptRefused,
                    .uuid(node.bytes),
                    .int64(revision),
                    .bytesArray(acknowledgement.refusedPeers.map(\.publicKey.bytes))
                )
            }
            let peers: [[UInt8]] = try results[2].map { row in try row.uuid("peer_id") }
            let indexes: [Int64] = try results[2].map { row in try row.int64("address_index") }
            guard !indexes.isEmpty else { return }
            try transaction.freeAddresses(indexes, of: peers, now: now)
        }
    }

    private static func refuse(
        _ acknowledgement: Acknowledgement,
        of node: NodeID,
        now: Timestamp,
        in transaction: Transaction
    ) throws {
        let refused = try transaction.query(
            markRefused,
            .uuid(node.bytes),
            .int64(Int64(clamping: acknowledgement.revision.number)),
            .bytesArray(acknowledgement.refusedPeers.map(\.publicKey.bytes)),
            .textArray(acknowledgement.refusedPeers.map(\.reason.forStorage))
        )
        guard !refused.isEmpty else { return }
        transaction.enqueue(countRefusals, .uuid(node.bytes), .int64(Int64(refused.count)))
        // A node that refuses its whole table is one piece of news, not ten thousand.
        for row in refused.prefix(refusalsAudited) {
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: .node,
                    action: .peerRefused,
                    nodeID: node,
                    peerID: try row.identifier("peer_id"),
                    revision: acknowledgement.revision,
                    detail: try row.optionalText("refused_reason")
                )
            )
        }
        guard refused.count > refusalsAudited else { return }
        transaction.audit(
            AuditEntry(
                at: now,
                actor: .node,
                action: .peerRefused,
                nodeID: node,
                revision: acknowledgement.revision,
                detail: "\(refused.count - refusalsAudited) more peers"
            )
        )
    }

    private static let refusalsAudited = 16

    private static let lockForAcknowledgement: Statement = """
        SELECT id FROM nodes WHERE id = $1 AND link_session = $2 AND $3 <= revision FOR NO KEY UPDATE
        """

    private static let advance: Statement = """
        UPDATE nodes SET applied_revision = $2, applied_digest = $3, heard_at = $4,
            allow_mass_removal = allow_mass_removal AND NOT $5,
            trouble_changes = trouble_changes + (refusing_since IS NOT NULL)::integer,
            refusing_since = NULL, refusing_reason = NULL
        WHERE id = $1
        """

    private static let countRefusals: Statement = """
        UPDATE nodes SET refused_changes = refused_changes + $2 WHERE id = $1
        """

    private static let markRefused: Statement = """
        UPDATE assignments a SET refused_reason = r.reason
        FROM unnest($3::bytea[], $4::text[]) AS r (public_key, reason)
        WHERE a.node_id = $1 AND a.revision <= $2 AND a.public_key = r.public_key AND a.state <> 'removing'
            AND a.refused_reason IS DISTINCT FROM r.reason
        RETURNING a.peer_id, a.refused_reason
        """

    // Up to the last acknowledgement everything was settled by it, so that one peer's costs the same on a node of ten
    // and of ten thousand; a snapshot settles the whole table. `num_nulls` keeps the planner from taking the index of
    // places, which holds the whole fleet's.
    private static let activate: Statement = """
        UPDATE assignments SET state = 'active'
        WHERE node_id = $1 AND revision <= $2
            AND revision > (SELECT CASE WHEN $3 THEN -1 ELSE applied_revision END FROM nodes WHERE id = $1)
            AND state = 'installing' AND num_nulls(moves_from) = 1 AND refused_reason IS NULL
        """

    private static let deleteRemoved: Statement = """
        DELETE FROM assignments
        WHERE node_id = $1 AND revision <= $2
            AND revision > (SELECT CASE WHEN $3 THEN -1 ELSE applied_revision END FROM nodes WHERE id = $1)
            AND state = 'removing'
        RETURNING peer_id, address_index
        """

    private static let acceptRefused: Statement = """
        UPDATE assignments SET refused_reason = NULL,
            state = CASE WHEN state = 'installing' AND moves_from IS NULL THEN 'active' ELSE state END
        WHERE node_id = $1 AND revision <= $2 AND refused_reason IS NOT NULL
            AND state <> 'removing' AND public_key <> ALL ($3)
        """
}

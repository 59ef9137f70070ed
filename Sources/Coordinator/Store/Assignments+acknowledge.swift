import Database
import LinkProtocol
import Model

extension Store {
    /// Records that the node has everything up to a revision: what was installing is active, what was to be removed is
    /// gone, and addresses that no node and no peer holds any more are free.
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
            let updated = try transaction.execute(
                Self.advance,
                .uuid(node.bytes),
                .uuid(session.bytes),
                .int64(revision),
                .bytes(acknowledgement.tableDigest.bytes),
                .timestamp(now.microseconds),
                .bool(completesSnapshot)
            )
            guard updated == 1 else { throw LinkSuperseded() }
            try Self.refuse(acknowledgement, of: node, now: now, in: transaction)
            let results = try transaction.executeAll([
                Self.activate.with(.uuid(node.bytes), .int64(revision)),
                Self.deleteRemoved.with(.uuid(node.bytes), .int64(revision)),
            ])
            let indexes: [Int64] = try results[1].map { row in try row.int64("address_index") }
            guard !indexes.isEmpty else { return }
            // Two nodes may let go of one peer at the same moment: whoever comes second sees that it was the last.
            _ = try transaction.query("SELECT pg_advisory_xact_lock(hashtext('holdfast free addresses'))")
            transaction.enqueue(Self.freeAddresses, .int64Array(indexes), .timestamp(now.microseconds))
        }
    }

    /// Records that a node refused a whole delta or snapshot.
    public func recordRefusal(
        of revision: Revision,
        reason: ChangeRefusal,
        by node: NodeID,
        now: Timestamp
    ) async throws {
        try await pool.transaction { transaction in
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: .node,
                    action: .changeRefused,
                    nodeID: node,
                    revision: revision,
                    detail: "\(reason)"
                )
            )
        }
    }

    private static func refuse(
        _ acknowledgement: Acknowledgement,
        of node: NodeID,
        now: Timestamp,
        in transaction: Transaction
    ) throws {
        guard !acknowledgement.refusedPeers.isEmpty else { return }
        let refused = try transaction.query(
            markRefused,
            .uuid(node.bytes),
            .int64(Int64(clamping: acknowledgement.revision.number)),
            .bytesArray(acknowledgement.refusedPeers.map(\.publicKey.bytes)),
            .textArray(acknowledgement.refusedPeers.map(\.reason.forStorage))
        )
        for row in refused {
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
    }

    private static let advance: Statement = """
        UPDATE nodes SET applied_revision = $3, applied_digest = $4, heard_at = $5,
            allow_mass_removal = allow_mass_removal AND NOT $6
        WHERE id = $1 AND link_session = $2 AND $3 <= revision
        """

    private static let markRefused: Statement = """
        UPDATE assignments a SET refused_reason = r.reason
        FROM unnest($3::bytea[], $4::text[]) AS r (public_key, reason)
        WHERE a.node_id = $1 AND a.revision <= $2 AND a.public_key = r.public_key AND a.state <> 'removing'
            AND a.refused_reason IS DISTINCT FROM r.reason
        RETURNING a.peer_id, a.refused_reason
        """

    private static let activate: Statement = """
        UPDATE assignments SET state = 'active'
        WHERE node_id = $1 AND revision <= $2 AND state = 'installing' AND refused_reason IS NULL
        """

    private static let deleteRemoved: Statement = """
        DELETE FROM assignments WHERE node_id = $1 AND revision <= $2 AND state = 'removing' RETURNING address_index
        """

    private static let freeAddresses: Statement = """
        INSERT INTO free_addresses (address_index, freed_at)
        SELECT freed.address_index, $2 FROM unnest($1::bigint[]) AS freed (address_index)
        WHERE NOT EXISTS (SELECT FROM assignments a WHERE a.address_index = freed.address_index)
            AND NOT EXISTS (SELECT FROM peers p WHERE p.address_index = freed.address_index)
        ON CONFLICT DO NOTHING
        """
}

import Cryptography
import Database
import LinkProtocol
import Model
import Placement

/// What a link reads of its node's assignments, and what the node's acknowledgements make of them.
extension Store {
    /// What the node has to change after `revision`: each peer's latest state, in the order of revisions, complete up
    /// to the delta's own revision.
    ///
    /// Nothing earlier can turn up later, since a node's row is locked from taking a revision until the commit.
    ///
    /// - Parameter limit: how many peers a delta carries at most. A revision is never split over two deltas.
    public func changes(
        of node: NodeID,
        after revision: Revision,
        limit: Int,
        addresses: AddressPool
    ) async throws -> ChangeSet {
        let find = Self.changedAssignments.with(
            .uuid(node.bytes),
            .int64(Int64(clamping: revision.number)),
            .int64(Int64(limit) + 1)
        )
        return try await pool.query(find) { result in
            guard let latest = try result.first?.revision("latest") else { return .upToDate }
            guard latest >= revision else { return .isBehind }
            guard latest > revision else { return .upToDate }
            let rows = try result.filter { row in try !row.isNull("state") }.map(ChangedAssignment.init)
            guard rows.count > limit else {
                return ChangedAssignment.delta(
                    rows,
                    base: revision,
                    revision: latest,
                    addresses: addresses,
                    hasMore: false
                )
            }
            guard let cut = rows.last?.revision else { return .upToDate }
            let whole = rows.filter { $0.revision < cut }
            guard let last = whole.last?.revision else { return .needsSnapshot }
            return ChangedAssignment.delta(whole, base: revision, revision: last, addresses: addresses, hasMore: true)
        }
    }

    /// The node's whole table as of one moment.
    ///
    /// - Parameter above: raises the node's revision beyond this one first, for a node that has seen revisions which
    ///   this database has not.
    public func snapshot(
        of node: NodeID,
        above: Revision?,
        addresses: AddressPool
    ) async throws -> Snapshot? {
        try await pool.transaction(isolation: .repeatableRead) { transaction in
            if let above {
                _ = try transaction.execute(
                    "UPDATE nodes SET revision = greatest(revision, $2) + 1 WHERE id = $1",
                    .uuid(node.bytes),
                    .int64(Int64(clamping: above.number))
                )
            }
            let results = try transaction.executeAll([
                Self.nodeRevision.with(.uuid(node.bytes)), Self.wholeTable.with(.uuid(node.bytes)),
            ])
            guard let row = results[0].first else { return nil }
            let entries = try results[1].map { row in
                PeerEntry(
                    publicKey: try row.publicKey("public_key"),
                    allowedIPs: addresses.addresses(at: try row.int64("address_index")),
                    isLingering: try row.text("state") == "lingering"
                )
            }
            var digest = TableDigest.empty
            for entry in entries { digest.insert(entry) }
            let header = SnapshotHeader(
                revision: try row.revision("revision"),
                peerCount: entries.count,
                digest: digest,
                // A database that has forgotten revisions does not know what it means.
                allowMassRemoval: try row.bool("allow_mass_removal")
                    || above == nil
                        && MassRemovalRule.isMeant(
                            removals: Int(try row.int64("removals")),
                            remaining: entries.count,
                            inTable: try row.optionalInt32("peers_in_table").map { Int($0) }
                        )
            )
            return Snapshot(header: header, entries: entries)
        }
    }

    private static let nodeRevision: Statement = """
        SELECT revision, allow_mass_removal, peers_in_table, (SELECT count(*) FROM assignments a
            WHERE a.node_id = nodes.id AND a.state = 'removing') AS removals
        FROM nodes WHERE id = $1
        """

    /// The node's revision with each change; on a row without a change where there is none. One statement, so that both
    /// are of one moment.
    private static let changedAssignments: Statement = """
        SELECT n.revision AS latest, a.state, a.revision, a.public_key, a.address_index, a.is_return
        FROM nodes n LEFT JOIN LATERAL (
            SELECT state, revision, public_key, address_index, is_return FROM assignments
            WHERE node_id = n.id AND revision > $2 ORDER BY revision, public_key LIMIT $3) a ON true
        WHERE n.id = $1 ORDER BY a.revision, a.public_key
        """

    private static let wholeTable: Statement = """
        SELECT public_key, address_index, state FROM assignments WHERE node_id = $1 AND state <> 'removing'
        ORDER BY public_key
        """
}

/// An assignment that changed after some revision.
private struct ChangedAssignment {
    let isRemoval: Bool
    let isLingering: Bool
    let isNew: Bool
    let revision: Revision
    let publicKey: PublicKey
    let addressIndex: Int64

    init(_ row: Row) throws(DatabaseError) {
        let state = try row.text("state")
        isRemoval = state == "removing"
        isLingering = state == "lingering"
        let isReturn = try row.bool("is_return")
        isNew = state == "installing" && !isReturn
        revision = try row.revision("revision")
        publicKey = try row.publicKey("public_key")
        addressIndex = try row.int64("address_index")
    }

    static func delta(
        _ rows: [ChangedAssignment],
        base: Revision,
        revision: Revision,
        addresses: AddressPool,
        hasMore: Bool
    ) -> ChangeSet {
        let upserts = rows.filter { !$0.isRemoval }.map { row in
            PeerEntry(
                publicKey: row.publicKey,
                allowedIPs: addresses.addresses(at: row.addressIndex),
                isLingering: row.isLingering
            )
        }
        // A key that was removed and came back is not removed.
        let present = Set(upserts.map(\.publicKey))
        let removals = rows.filter { $0.isRemoval && !present.contains($0.publicKey) }.map(\.publicKey)
        let delta = Delta(base: base, revision: revision, upserts: upserts, removals: removals)
        // Only what is wholly new has a known effect on the digest: a peer that was removed, or that lingers from now on,
        // may never have got there.
        let isForetold = rows.allSatisfy(\.isNew)
        return .delta(
            delta,
            isForetold ? DigestChange(inserted: upserts.map(\.entryHash)) : nil,
            hasMore: hasMore
        )
    }
}

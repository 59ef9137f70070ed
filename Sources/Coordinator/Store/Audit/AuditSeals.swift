import Cryptography
import Database
import Model

/// Sealing: entries are chained a moment after they were written, in batches, by whoever leads.
///
/// An entry takes its id when it is written and becomes visible when its transaction commits, so ids do not appear in
/// their order. The chain's order is that of sealing, and every look searches for entries without a seal in a window
/// of ids below the newest sealed one. A transaction that outlasts even that is found by a look at the whole log, which
/// one call in 720 makes: once an hour at a call every five seconds.
extension Store {
    /// How far below the newest sealed id a late entry is looked for each time. At a thousand entries per second it
    /// is longer than any transaction lasts.
    private static let window: Int64 = 100_000

    /// Seals entries that have no seal yet. Two who seal at once take turns.
    ///
    /// - Returns: how many; as many as `limit` when there may be more.
    @discardableResult
    public func sealAudit(
        limit: Int,
        lookingAtAll: Bool = Int.random(in: 0..<720) == 0
    ) async throws -> Int {
        try await pool.transaction { transaction in
            _ = try transaction.query(Self.sealLock)
            var position: Int64 = 0
            var hash = AuditChain.start
            var lastVersion: Int16?
            if let last = try transaction.query(Self.lastSeal).first {
                position = try last.int64("position")
                hash = try last.bytes("hash")
                lastVersion = try last.optionalInt16("key_version")
            }
            let key = try sealingKey(after: lastVersion)
            let newest = try transaction.query(Self.newestSealed)[0].int64("id")
            let entries = try transaction.query(
                Self.unsealed,
                .int64(lookingAtAll ? 0 : newest - Self.window),
                .int64(Int64(limit))
            )
            guard !entries.isEmpty else { return 0 }
            var positions: [Int64] = []
            var ids: [Int64] = []
            var hashes: [[UInt8]] = []
            for row in entries {
                position += 1
                hash = AuditChain.hash(after: hash, position: position, entry: try AuditChain.canonical(row), key: key)
                positions.append(position)
                ids.append(try row.int64("id"))
                hashes.append(hash)
            }
            transaction.enqueue(
                Self.insertSeals,
                .int64Array(positions),
                .int64Array(ids),
                .bytesArray(hashes),
                .int16(key?.version)
            )
            return positions.count
        }
    }

    /// While a key has its successor some instances seal by the old one and some by the new: the chain never goes back.
    private func sealingKey(after last: Int16?) throws(AuditKeyError) -> AuditKey? {
        guard let last else { return auditKeys?.current }
        guard let keys = auditKeys, let lastKey = keys.all[last] else { throw .unknown(version: last) }
        return keys.current.version > last ? keys.current : lastKey
    }

    /// Who seals, and who binds a key, takes turns with the others.
    static let sealLock: Statement = "SELECT pg_advisory_xact_lock(hashtext('holdfast audit seals'))"

    static let lastSeal: Statement =
        "SELECT position, hash, key_version FROM audit_seals ORDER BY position DESC LIMIT 1"

    private static let newestSealed: Statement = "SELECT coalesce(max(entry_id), 0) AS id FROM audit_seals"

    private static let unsealed: Statement = """
        SELECT id, at, actor, actor_name, action, detail, change, node_id, peer_id, subscription_id, operation_id,
            from_node_id, revision, undoes
        FROM audit_entries e
        WHERE id > $1 AND NOT EXISTS (SELECT FROM audit_seals s WHERE s.entry_id = e.id AND s.entry_id > $1)
        ORDER BY id LIMIT $2
        """

    private static let insertSeals: Statement = """
        INSERT INTO audit_seals (position, entry_id, hash, key_version)
        SELECT position, id, hash, $4 FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS s (position, id, hash)
        """
}

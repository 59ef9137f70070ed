import Database

/// What walking the audit log's chain has found.
public struct AuditVerification: Hashable, Sendable {
    /// The first place where the chain does not hold.
    public struct Break: Hashable, Sendable {
        public enum Reason: Hashable, Sendable {
            /// The entry does not say what it said when it was sealed.
            case entryChanged
            /// An entry that was sealed here is gone.
            case entryRemoved
            /// An entry stands here that was not sealed here.
            case entryInserted
            /// The chain is whole, and another than the one that was noted down.
            case headDiffers
        }

        public let position: Int64
        /// Nil where no entry is.
        public let entry: Int64?
        public let reason: Reason
    }

    /// How many positions hold, from the first on.
    public let verified: Int64
    /// Entries that wait to be sealed.
    public let unsealed: Int64
    /// The hash at the last position that holds: note it down elsewhere, and the end of the log cannot be cut off
    /// unseen.
    public let head: [UInt8]
    public let broken: Break?
}

extension AuditVerification.Break.Reason {
    public var text: String {
        switch self {
        case .entryChanged: "the entry was changed after it was sealed"
        case .entryRemoved: "an entry was removed"
        case .entryInserted: "an entry was inserted"
        case .headDiffers: "the chain is not the one whose head was noted down"
        }
    }
}

extension Store {
    private static let batch: Int64 = 5000

    /// Walks the whole chain. The log grows meanwhile, and is not held up.
    ///
    /// - Parameter expected: a position and its hash as an earlier walk gave them.
    public func verifyAudit(
        expected: (position: Int64, hash: [UInt8])? = nil
    ) async throws -> AuditVerification {
        var walk = AuditWalk(expected: expected)
        while true {
            let statement = Self.readSealed.with(.int64(walk.position), .int64(Self.batch))
            let links = try await pool.query(statement) { rows in try rows.map { row in try AuditWalk.Link(row) } }
            for (index, link) in links.enumerated() {
                walk.take(link, next: links.indices.contains(index + 1) ? links[index + 1] : nil)
            }
            if walk.broken != nil || links.count < Self.batch { break }
        }
        walk.end()
        let unsealed = try await pool.query(Self.countUnsealed.with()) { rows in try rows[0].int64("count") }
        return AuditVerification(
            verified: walk.position,
            unsealed: unsealed,
            head: walk.hash,
            broken: walk.broken
        )
    }

    private static let readSealed: Statement = """
        SELECT s.position, s.hash, s.entry_id, e.id, e.at, e.actor, e.actor_name, e.action, e.detail, e.change, e.node_id,
            e.peer_id, e.subscription_id, e.operation_id, e.from_node_id, e.revision, e.undoes
        FROM audit_seals s LEFT JOIN audit_entries e ON e.id = s.entry_id
        WHERE s.position > $1 ORDER BY s.position LIMIT $2
        """

    private static let countUnsealed: Statement = """
        SELECT count(*) FROM audit_entries e WHERE NOT EXISTS (SELECT FROM audit_seals s WHERE s.entry_id = e.id)
        """
}

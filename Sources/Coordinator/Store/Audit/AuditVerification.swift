import Cryptography
import Database
import Model

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
            /// Somebody without the key has sealed it.
            case notKeyed
            /// It is sealed by a key that is not here.
            case keyUnknown
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
    public let anchoring: Anchoring

    /// Whether the end of the log is vouched for.
    public enum Anchoring: Hashable, Sendable {
        /// Nobody keeps anchors.
        case none
        /// Up to a position, since a moment.
        case held(position: Int64, since: Timestamp)
        /// The file is gone: an end that was cut off is not seen.
        case missing(path: String)
        /// The file was gone, and begun anew: what was cut off before is not seen.
        case begunAnew(Timestamp)
        case unreadable(path: String, reason: String)
        /// An anchor was not made with the key.
        case forged(position: Int64)
    }

    /// Whether the chain holds and its end is vouched for.
    public var isIntact: Bool { broken == nil && anchoring.fault == nil }
}

extension AuditVerification.Anchoring {
    public var name: String {
        switch self {
        case .none: "none"
        case .held: "held"
        case .missing: "missing"
        case .begunAnew: "begun-anew"
        case .unreadable: "unreadable"
        case .forged: "forged"
        }
    }

    /// What is wrong, in words; nil when nothing is.
    public var fault: String? {
        switch self {
        case .none, .held: nil
        case .missing(let path):
            "\(path), where the log's head is anchored, is gone: entries cut off from the end are not seen"
        case .begunAnew(let at):
            "the file of anchors was gone and begun anew at \(at): entries cut off before are not seen; see \"The audit log\" in OPERATIONS.md"
        case .unreadable(let path, let reason): "\(path), where the log's head is anchored, cannot be read: \(reason)"
        case .forged(let position): "the anchor of position \(position) was not made with the audit key"
        }
    }
}

extension AuditVerification.Break.Reason {
    public var text: String {
        switch self {
        case .entryChanged: "the entry was changed after it was sealed"
        case .entryRemoved: "an entry was removed"
        case .entryInserted: "an entry was inserted"
        case .headDiffers: "the chain is not the one whose head was noted down"
        case .notKeyed: "the entry was sealed without the audit key"
        case .keyUnknown: "the entry is sealed by a key that this coordinator does not have"
        }
    }
}

extension Store {
    private static let batch: Int64 = 5000

    /// Walks the whole chain. The log grows meanwhile, and is not held up.
    ///
    /// - Parameters:
    ///   - expected: a position and its hash as an earlier walk gave them.
    ///   - anchors: what this coordinator has kept of earlier heads; nil where it keeps nothing.
    public func verifyAudit(
        expected: AuditKeys.Mark? = nil,
        anchors: AuditAnchorReading? = nil
    ) async throws -> AuditVerification {
        let (marks, anchoring) = judge(anchors)
        var walk = AuditWalk(keys: auditKeys, expected: marks + (expected.map { [$0] } ?? []))
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
            broken: walk.broken,
            anchoring: anchoring
        )
    }

    private func judge(_ reading: AuditAnchorReading?) -> ([AuditKeys.Mark], AuditVerification.Anchoring) {
        switch reading {
        case nil: return ([], .none)
        case .missing(let path): return ([], .missing(path: path))
        case .unreadable(let path, let reason): return ([], .unreadable(path: path, reason: reason))
        case .found(let anchors):
            if let keys = auditKeys, let forged = anchors.anchors.first(where: { !$0.isGenuine(keys) }) {
                return ([], .forged(position: forged.position))
            }
            let marks = anchors.anchors.map { AuditKeys.Mark(position: $0.position, hash: $0.hash) }
            if anchors.beginning == .afterLoss { return (marks, .begunAnew(anchors.begunAt)) }
            return (marks, .held(position: marks.last?.position ?? 0, since: anchors.begunAt))
        }
    }

    private static let readSealed: Statement = """
        SELECT s.position, s.hash, s.entry_id, s.key_version, e.id, e.at, e.actor, e.actor_name, e.action, e.detail, e.change, e.node_id,
            e.peer_id, e.subscription_id, e.operation_id, e.from_node_id, e.revision, e.undoes
        FROM audit_seals s LEFT JOIN audit_entries e ON e.id = s.entry_id
        WHERE s.position > $1 ORDER BY s.position LIMIT $2
        """

    private static let countUnsealed: Statement = """
        SELECT count(*) FROM audit_entries e WHERE NOT EXISTS (SELECT FROM audit_seals s WHERE s.entry_id = e.id)
        """
}

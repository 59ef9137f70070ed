import Cryptography
import Database
import Model

/// Which coordinators keep anchors, and whether the log's head is still behind the newest one.
extension Store {
    /// Notes that anchors are kept at a place, such as a host and a file.
    ///
    /// - Returns: whether this was known: then a file that is not there is lost.
    public func noteAnchorPlace(_ place: String, now: Timestamp) async throws -> Bool {
        let statement = Self.insertPlace.with(.text(place), .timestamp(now.microseconds))
        return try await pool.query(statement) { rows in rows.isEmpty }
    }

    /// The head, as an anchor; nil while nothing is sealed by a key.
    public func auditHead(now: Timestamp) async throws -> AuditAnchor? {
        guard let keys = auditKeys else { return nil }
        return try await pool.query(Self.lastSeal.with()) { rows in
            guard let row = rows.first else { return nil }
            return AuditAnchor(
                at: now,
                position: try row.int64("position"),
                hash: try row.bytes("hash"),
                key: keys.current
            )
        }
    }

    /// Whether the log still is what it was at the anchor, as far as one look at the place tells.
    public func stillHolds(_ anchor: AuditAnchor) async throws -> Bool {
        let statement = Self.sealAt.with(.int64(anchor.position))
        return try await pool.query(statement) { rows in try rows.first?.bytes("hash") } == anchor.hash
    }

    /// An operator takes the log as it is, although it does not reach the anchors.
    public func noteAuditAccepted(_ reason: String, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            transaction.audit(AuditEntry(at: now, actor: .console, action: .auditAccepted, detail: reason))
        }
    }

    private static let insertPlace: Statement = """
        INSERT INTO audit_anchor_places (place, begun_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING place
        """

    private static let sealAt: Statement = "SELECT hash FROM audit_seals WHERE position = $1"
}

import Database
import Model

/// A certificate as the database knows it.
public struct NodeCertificateRecord: Hashable, Sendable {
    /// 16 bytes.
    public let serial: [UInt8]
    public let issuedAt: Timestamp
    public let expiresAt: Timestamp

    public init(serial: [UInt8], issuedAt: Timestamp, expiresAt: Timestamp) {
        self.serial = serial
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
    }
}

/// Whose certificate a serial is, and whether it is still good.
public struct CertificateHolder: Hashable, Sendable {
    public let nodeID: NodeID
    public let isRetired: Bool
    /// A newer certificate of the same node has been used.
    public let isSuperseded: Bool
}

extension Store {
    /// Nil for a serial that was never issued.
    public func certificateHolder(serial: [UInt8]) async throws -> CertificateHolder? {
        try await pool.query(Self.findHolder.with(.bytes(serial))) { found in
            guard let row = found.first else { return nil }
            return CertificateHolder(
                nodeID: try row.identifier("node_id"),
                isRetired: try !row.isNull("retired_at"),
                isSuperseded: try !row.isNull("superseded_at")
            )
        }
    }

    /// Whose a certificate is that the authority signed and that has no row: the database has lost it, or it was
    /// superseded so long ago that its row is gone. What was issued up to the newest one that was used is superseded.
    ///
    /// - Parameter issuedAt: to the second.
    /// - Returns: nil for a node that is not known.
    public func certificateHolder(of node: NodeID, issuedAt: Timestamp) async throws -> CertificateHolder? {
        try await pool.query(Self.findNode.with(.uuid(node.bytes))) { rows in
            guard let row = rows.first else { return nil }
            let from = try row.optionalMoment("certificates_from")
            return CertificateHolder(
                nodeID: node,
                isRetired: try !row.isNull("retired_at"),
                isSuperseded: from.map { issuedAt.seconds <= $0.seconds } ?? false
            )
        }
    }

    private static let findHolder: Statement = """
        SELECT c.node_id, n.retired_at, c.superseded_at
        FROM node_certificates c JOIN nodes n ON n.id = c.node_id WHERE c.serial = $1
        """

    private static let findNode: Statement = "SELECT retired_at, certificates_from FROM nodes WHERE id = $1"

    /// Notes the first use of a certificate, which ends the older ones of the same node.
    public func certificateUsed(serial: [UInt8], now: Timestamp) async throws {
        try await pool.transaction { transaction in
            let used = try transaction.query(
                """
                UPDATE node_certificates SET used_at = $2 WHERE serial = $1 AND used_at IS NULL
                RETURNING node_id, issued_at
                """,
                .bytes(serial),
                .timestamp(now.microseconds)
            )
            guard let row = used.first else { return }
            let node = try row.uuid("node_id")
            let issuedAt = try row.timestamp("issued_at")
            transaction.enqueue(
                Self.supersede,
                .uuid(node),
                .bytes(serial),
                .timestamp(issuedAt),
                .timestamp(now.microseconds)
            )
            transaction.enqueue(Self.raiseMark, .uuid(node), .timestamp(issuedAt))
            // The mark stands for them; a day's worth stays, by which renewals are counted.
            transaction.enqueue(
                Self.forgetSuperseded,
                .uuid(node),
                .timestamp(issuedAt),
                .timestamp((now - Self.renewalWindow).microseconds)
            )
        }
    }

    /// How many certificates a node gets within a day: one is its need in two weeks.
    static let renewalsMax = 24
    static let renewalWindow: Duration = .seconds(86_400)

    /// Stores a renewed certificate; the one before stays good until the new one is used.
    ///
    /// - Throws: `LinkRefusal.retired` for a node that was retired meanwhile, `.renewalsTooOften`, or `DatabaseError`.
    public func addRenewedCertificate(_ record: NodeCertificateRecord, of node: NodeID) async throws {
        let now = record.issuedAt
        let isAdded = try await pool.transaction { transaction in
            let alive = try transaction.query(Self.lockForRenewal, .uuid(node.bytes))
            guard let row = alive.first else { throw LinkRefusal.retired }
            let lately = try transaction.query(
                Self.countRenewals,
                .uuid(node.bytes),
                .timestamp((now - Self.renewalWindow).microseconds)
            )
            guard try lately[0].int64("count") < Self.renewalsMax else {
                if Self.isOver(try row.optionalMoment("renewals_refused_at"), Self.renewalWindow, now) {
                    transaction.enqueue(Self.noteRefusedRenewal, .uuid(node.bytes), .timestamp(now.microseconds))
                    transaction.audit(AuditEntry(at: now, actor: .node, action: .renewalsRefused, nodeID: node))
                }
                return false
            }
            transaction.addCertificate(record, of: node)
            transaction.audit(AuditEntry(at: now, actor: .node, action: .certificateRenewed, nodeID: node))
            return true
        }
        guard isAdded else { throw LinkRefusal.renewalsTooOften }
    }

    private static let supersede: Statement = """
        UPDATE node_certificates SET superseded_at = $4
        WHERE node_id = $1 AND serial <> $2 AND issued_at <= $3 AND superseded_at IS NULL
        """

    private static let raiseMark: Statement =
        "UPDATE nodes SET certificates_from = greatest(certificates_from, $2) WHERE id = $1"

    private static let forgetSuperseded: Statement = """
        DELETE FROM node_certificates
        WHERE node_id = $1 AND superseded_at IS NOT NULL AND issued_at < $2 AND issued_at < $3
        """

    private static let lockForRenewal: Statement =
        "SELECT renewals_refused_at FROM nodes WHERE id = $1 AND retired_at IS NULL FOR UPDATE"

    private static let countRenewals: Statement =
        "SELECT count(*) AS count FROM node_certificates WHERE node_id = $1 AND issued_at > $2"

    private static let noteRefusedRenewal: Statement = "UPDATE nodes SET renewals_refused_at = $2 WHERE id = $1"
}

extension Transaction {
    func addCertificate(_ record: NodeCertificateRecord, of node: NodeID) {
        enqueue(
            "INSERT INTO node_certificates (serial, node_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)",
            .bytes(record.serial),
            .uuid(node.bytes),
            .timestamp(record.issuedAt.microseconds),
            .timestamp(record.expiresAt.microseconds)
        )
    }
}

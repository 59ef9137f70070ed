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

    /// Nil for a node that is not known.
    public func isRetired(_ node: NodeID) async throws -> Bool? {
        try await pool.query(Self.findRetirement.with(.uuid(node.bytes))) { rows in
            try rows.first.map { row in try !row.isNull("retired_at") }
        }
    }

    private static let findHolder: Statement = """
        SELECT c.node_id, n.retired_at, c.superseded_at
        FROM node_certificates c JOIN nodes n ON n.id = c.node_id WHERE c.serial = $1
        """

    private static let findRetirement: Statement = "SELECT retired_at FROM nodes WHERE id = $1"

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
            _ = try transaction.execute(
                """
                UPDATE node_certificates SET superseded_at = $4
                WHERE node_id = $1 AND serial <> $2 AND issued_at <= $3 AND superseded_at IS NULL
                """,
                .uuid(try row.uuid("node_id")),
                .bytes(serial),
                .timestamp(try row.timestamp("issued_at")),
                .timestamp(now.microseconds)
            )
        }
    }

    /// Stores a renewed certificate; the one before stays good until the new one is used.
    ///
    /// - Throws: `LinkRefusal.retired` for a node that was retired meanwhile, or `DatabaseError`.
    public func addRenewedCertificate(_ record: NodeCertificateRecord, of node: NodeID) async throws {
        try await pool.transaction { transaction in
            let alive = try transaction.query(
                "SELECT FROM nodes WHERE id = $1 AND retired_at IS NULL FOR UPDATE",
                .uuid(node.bytes)
            )
            guard !alive.isEmpty else { throw LinkRefusal.retired }
            transaction.addCertificate(record, of: node)
            // A node that asks again and again keeps the last few that it never used, not all.
            transaction.enqueue(
                """
                DELETE FROM node_certificates WHERE node_id = $1 AND used_at IS NULL AND serial NOT IN (
                    SELECT serial FROM node_certificates WHERE node_id = $1 ORDER BY issued_at DESC LIMIT 8)
                """,
                .uuid(node.bytes)
            )
            transaction.audit(
                AuditEntry(at: record.issuedAt, actor: .node, action: .certificateRenewed, nodeID: node)
            )
        }
    }
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

import Database
import Model

/// An operator's certificate as the database knows it.
public struct OperatorRecord: Hashable, Sendable {
    public let name: OperatorName
    public let role: OperatorRole
    /// 16 bytes.
    public let serial: [UInt8]
    public let issuedAt: Timestamp
    public let expiresAt: Timestamp
    public let revokedAt: Timestamp?

    public init(
        name: OperatorName,
        role: OperatorRole,
        serial: [UInt8],
        issuedAt: Timestamp,
        expiresAt: Timestamp
    ) {
        self.name = name
        self.role = role
        self.serial = serial
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        revokedAt = nil
    }

    init(_ row: Row) throws(DatabaseError) {
        guard let name = OperatorName(try row.text("name")) else {
            throw .decoding(column: "name", problem: .malformed)
        }
        self.name = name
        role = try row.named("role")
        serial = try row.bytes("serial")
        issuedAt = try row.moment("issued_at")
        expiresAt = try row.moment("expires_at")
        revokedAt = try row.optionalMoment("revoked_at")
    }
}

import Database
import Model

/// Who may use the admin API: a certificate that was issued here and has not been revoked.
extension Store {
    /// Records a certificate that was issued to an operator. Earlier ones of the same name stay good until they expire
    /// or are revoked, so that a certificate can be renewed before it ends.
    public func addOperator(_ record: OperatorRecord, by actor: AuditEntry.Actor = .console) async throws {
        try await pool.transaction { transaction in
            transaction.enqueue(
                """
                INSERT INTO operator_certificates (serial, name, role, issued_at, expires_at)
                VALUES ($1, $2, $3, $4, $5)
                """,
                .bytes(record.serial),
                .text(record.name.text),
                .text(record.role.rawValue),
                .timestamp(record.issuedAt.microseconds),
                .timestamp(record.expiresAt.microseconds)
            )
            transaction.audit(
                AuditEntry(
                    at: record.issuedAt,
                    actor: actor,
                    action: .operatorAdded,
                    detail: "\(record.name) as \(record.role.rawValue), until \(record.expiresAt)"
                )
            )
        }
    }

    /// Every certificate that was issued, by name and the newest first.
    public func operators() async throws -> [OperatorRecord] {
        try await pool.query(Self.listOperators.with()) { rows in
            try rows.map { row in try OperatorRecord(row) }
        }
    }

    /// Nil for a serial that was never issued to an operator.
    public func operatorCertificate(serial: [UInt8]) async throws -> OperatorRecord? {
        try await pool.query(Self.findOperator.with(.bytes(serial))) { rows in
            try rows.first.map { row in try OperatorRecord(row) }
        }
    }

    /// Ends every certificate of an operator: the next request is refused.
    ///
    /// - Returns: how many were good until now.
    public func revokeOperator(
        _ name: OperatorName,
        by actor: AuditEntry.Actor = .console,
        now: Timestamp
    ) async throws -> Int {
        try await pool.transaction { transaction in
            let revoked = try transaction.execute(
                "UPDATE operator_certificates SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL",
                .text(name.text),
                .timestamp(now.microseconds)
            )
            if revoked > 0 {
                transaction.audit(AuditEntry(at: now, actor: actor, action: .operatorRevoked, detail: name.text))
            }
            return revoked
        }
    }

    /// Records that somebody asked for what he may not.
    public func recordRefusedAccess(
        by name: OperatorName,
        to action: String,
        reason: String,
        now: Timestamp
    ) async throws {
        try await pool.transaction { transaction in
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: .operator(name.text),
                    action: .accessRefused,
                    detail: "\(action): \(reason)"
                )
            )
        }
    }

    private static let listOperators: Statement = """
        SELECT serial, name, role, issued_at, expires_at, revoked_at FROM operator_certificates
        ORDER BY name, issued_at DESC
        """

    private static let findOperator: Statement = """
        SELECT serial, name, role, issued_at, expires_at, revoked_at FROM operator_certificates WHERE serial = $1
        """
}

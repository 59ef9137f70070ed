import Database
import FleetPlanning
import Model

extension Store {
    /// Notes in the audit log that the brake is on, or off again.
    ///
    /// - Throws: `LeaseLost`, or `DatabaseError`.
    public func recordMassFailure(_ brake: MassFailure?, lease: FleetLease?, now: Timestamp) async throws {
        try await pool.transaction { transaction in
            try transaction.require(lease)
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: .system,
                    action: .massFailure,
                    detail: brake.map { "nobody is moved: \($0)" } ?? "over"
                )
            )
        }
    }
}

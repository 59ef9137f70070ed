import Cryptography
import Database

/// The coordinator's memory: every SQL statement that it runs, as functions named after what they mean.
///
/// The functions stand in extensions, one file for each table or task.
public struct Store: Sendable {
    public let pool: DatabasePool
    /// Wakes whoever brings peers in line with what their subscriptions may use: some are due.
    public let peersDue = WakeSignal()
    /// Seal the audit log. Without them nothing is sealed that depends on a key, and nothing of that verified.
    public private(set) var auditKeys: AuditKeys?

    public init(pool: DatabasePool, auditKeys: AuditKeys? = nil) {
        self.pool = pool
        self.auditKeys = auditKeys
    }

    public func with(_ auditKeys: AuditKeys) -> Store {
        var store = self
        store.auditKeys = auditKeys
        return store
    }
}

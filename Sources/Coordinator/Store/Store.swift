import Database

/// The coordinator's memory: every SQL statement that it runs, as functions named after what they mean.
///
/// The functions stand in extensions, one file for each table or task.
public struct Store: Sendable {
    public let pool: DatabasePool
    /// Wakes whoever brings peers in line with what their subscriptions may use: some are due.
    public let peersDue = WakeSignal()

    public init(pool: DatabasePool) {
        self.pool = pool
    }
}

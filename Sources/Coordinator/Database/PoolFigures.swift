/// A pool at one instant, for metrics and readiness.
public struct PoolFigures: Hashable, Sendable {
    /// Connections that the pool is meant to have.
    public let connections: Int
    /// Connections that it has.
    public let connected: Int
    /// Jobs running.
    public let busy: Int
    /// Callers waiting for a connection.
    public let waiting: Int
    /// Why the last connection could not be made or was lost; `nil` once one was made again.
    public let lastFailure: Unavailability?
}

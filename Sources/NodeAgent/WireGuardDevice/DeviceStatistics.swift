/// Totals of the interface, never of a peer. They begin anew when the interface does.
public struct DeviceStatistics: Hashable, Sendable {
    /// How long after a handshake a peer counts as connected: a session dies at 180 s (WireGuard's REJECT_AFTER_TIME).
    public static let handshakeWindow: Duration = .seconds(180)

    public var receivedBytes: UInt64 = 0
    public var sentBytes: UInt64 = 0
    public var receivedPackets: UInt64 = 0
    public var sentPackets: UInt64 = 0
    public var peers = 0
    /// How many peers had a handshake within ``handshakeWindow``; not which.
    public var peersWithRecentHandshake = 0
}

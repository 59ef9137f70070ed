import Model

/// What a node says of itself at every beat. Totals of the interface and counts only: nothing about any one peer.
public struct Heartbeat: Hashable, Sendable {
    public var appliedRevision: Revision = .zero
    public var tableDigest: TableDigest = .empty
    public var peersInTable: UInt32 = 0
    /// Of these, how many have moved away and still linger.
    public var peersLingering: UInt32 = 0
    public var peersInKernel: UInt32 = 0
    /// How many peers shook hands within the last 180 seconds.
    public var peersRecentlyActive: UInt32 = 0
    /// Since the agent started.
    public var driftRepaired: UInt64 = 0
    public var receivedBytes: UInt64 = 0
    public var sentBytes: UInt64 = 0
    public var receivedPackets: UInt64 = 0
    public var sentPackets: UInt64 = 0
    /// Share of all processors that was busy since the last beat, in thousandths.
    public var cpuBusyPermille: UInt32 = 0
    /// Load average over one minute, in thousandths.
    public var loadPermille: UInt32 = 0
    public var memoryTotalBytes: UInt64 = 0
    public var memoryAvailableBytes: UInt64 = 0
    public var stateDiskFreeBytes: UInt64 = 0
    /// Why the node takes no new peers; none: it does.
    public var conditions: [NodeCondition] = []
    /// Clients of this node reach nothing over IPv6.
    public var ipv6Unavailable = false
    /// The node's clock.
    public var sentAt: Timestamp = .init(microseconds: 0)

    public init() {}
}

import Model

/// What placement knows of a node.
public struct FleetNode: Hashable, Sendable {
    public let id: NodeID
    public let region: RegionName
    /// The most peers that the node may hold.
    public let capacity: Int
    /// Peers that count against the capacity: all but those that are being removed.
    public internal(set) var peerCount: Int
    public let isCordoned: Bool
    public let isRetired: Bool
    /// Whether its endpoint has moved to another network, and nobody has agreed to that yet.
    public let isEndpointPending: Bool
    /// Whether its link was heard recently enough to count on the node.
    public let isHealthy: Bool
    /// Whether it has called at all since it enrolled.
    public let wasHeard: Bool
    /// Whether it cannot do its work, by its own word or by what it refuses.
    public let isOutOfOrder: Bool
    /// Whether its clients reach the internet over IPv6.
    public let offersIPv6: Bool

    public init(
        id: NodeID,
        region: RegionName,
        capacity: Int,
        peerCount: Int,
        isCordoned: Bool = false,
        isRetired: Bool = false,
        isEndpointPending: Bool = false,
        isHealthy: Bool = true,
        wasHeard: Bool = true,
        isOutOfOrder: Bool = false,
        offersIPv6: Bool = true
    ) {
        self.id = id
        self.region = region
        self.capacity = capacity
        self.peerCount = peerCount
        self.isCordoned = isCordoned
        self.isRetired = isRetired
        self.isEndpointPending = isEndpointPending
        self.isHealthy = isHealthy
        self.wasHeard = wasHeard
        self.isOutOfOrder = isOutOfOrder
        self.offersIPv6 = offersIPv6
    }
}

import Model

/// A peer that has to leave its node.
public struct PeerToMove: Hashable, Sendable {
    public let id: PeerID
    public let subscription: SubscriptionID
    /// The node that it leaves: it is never moved onto it.
    public let source: NodeID
    /// Where it must go.
    public let region: RegionName
    /// The node of each other peer of the subscription; a node may come several times.
    public let companions: [NodeID]

    public init(
        id: PeerID,
        subscription: SubscriptionID,
        source: NodeID,
        region: RegionName,
        companions: [NodeID] = []
    ) {
        self.id = id
        self.subscription = subscription
        self.source = source
        self.region = region
        self.companions = companions
    }
}

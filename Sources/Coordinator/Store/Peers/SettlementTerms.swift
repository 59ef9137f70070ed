import Model
import Placement

/// What holds when peers are brought in line with their subscriptions.
public struct SettlementTerms: Sendable {
    /// What each tier allows, by the tier's name.
    public let limits: [String: TierLimits]
    public let policy: PlacementPolicy
    /// How long a frozen peer is kept, with its addresses.
    public let retention: Duration

    public init(limits: [String: TierLimits], policy: PlacementPolicy, retention: Duration = .seconds(30 * 86_400)) {
        self.limits = limits
        self.policy = policy
        self.retention = retention
    }
}

/// What a settlement came to.
public struct PeerSettlement: Hashable, Sendable {
    /// Nodes that have something to be sent.
    public internal(set) var changedNodes: Set<NodeID> = []
    /// Whose peers have changed.
    public internal(set) var changedSubscriptions: Set<SubscriptionID> = []
    /// How many subscriptions were looked at: as many as were asked for means that more may be due.
    public internal(set) var looked = 0
    public internal(set) var frozen = 0
    public internal(set) var thawed = 0
    public internal(set) var removed = 0
    /// Peers that may be on a node and found none: they are looked at again in a moment.
    public internal(set) var unplaced = 0

    public init() {}
}

import Model
import Placement

/// What holds for every provision: the operator's tiers, policy and address pool.
public struct ProvisioningTerms: Sendable {
    /// What each tier allows, by the tier's name.
    public let limits: [String: TierLimits]
    public let policy: PlacementPolicy
    /// The greatest address index of the pool.
    public let lastAddressIndex: Int64

    public init(limits: [String: TierLimits], policy: PlacementPolicy, lastAddressIndex: Int64) {
        self.limits = limits
        self.policy = policy
        self.lastAddressIndex = lastAddressIndex
    }
}

/// What a tier lets its subscriptions have.
public struct TierLimits: Hashable, Sendable {
    public let peers: Int
    /// Empty means every region.
    public let regions: Set<RegionName>
    /// Requests of one subscription; nil for any number.
    public let requestsPerMinute: Int?

    public init(peers: Int, regions: Set<RegionName>, requestsPerMinute: Int? = nil) {
        self.peers = peers
        self.regions = regions
        self.requestsPerMinute = requestsPerMinute
    }
}

import Model

/// What a customer can buy.
public struct Tier: Hashable, Sendable {
    public let name: TierName
    /// The most peers that a subscription may have at once.
    public let peerLimit: Int
    /// Where its peers may be; empty means everywhere.
    public let regions: Set<RegionName>
    /// The store's names for it: Stripe's prices, Apple's and Google's products.
    public let products: [PaymentProvider: Set<String>]
    /// Products of any provider that give nothing beside this tier.
    public let ignoredProducts: Set<String>
    /// Nil where no bucket belongs to it.
    public let bucket: BucketTerms?
    /// Requests of one subscription; nil for any number.
    public let requestsPerMinute: Int?

    public init(
        name: TierName,
        peerLimit: Int,
        regions: Set<RegionName> = [],
        products: [PaymentProvider: Set<String>] = [:],
        ignoredProducts: Set<String> = [],
        bucket: BucketTerms? = nil,
        requestsPerMinute: Int? = nil
    ) {
        self.name = name
        self.peerLimit = peerLimit
        self.regions = regions
        self.products = products
        self.ignoredProducts = ignoredProducts
        self.bucket = bucket
        self.requestsPerMinute = requestsPerMinute
    }

    public func allows(_ region: RegionName) -> Bool {
        regions.isEmpty || regions.contains(region)
    }
}

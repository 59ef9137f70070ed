/// A product that gives no tier, and adds to the tier beside which it is bought.
public struct AddOn: Hashable, Sendable {
    /// The tiers beside which it counts; empty for all.
    public let tiers: Set<TierName>
    /// The providers' names for it: Stripe's prices, Apple's and Google's products.
    public let products: [PaymentProvider: Set<String>]
    /// Added to the tier's limit.
    public let peers: Int
    /// Nil where it brings no bucket.
    public let bucket: BucketTerms?

    public init(
        tiers: Set<TierName> = [],
        products: [PaymentProvider: Set<String>],
        peers: Int = 0,
        bucket: BucketTerms? = nil
    ) {
        self.tiers = tiers
        self.products = products
        self.peers = peers
        self.bucket = bucket
    }

    func counts(beside tier: TierName) -> Bool { tiers.isEmpty || tiers.contains(tier) }
}

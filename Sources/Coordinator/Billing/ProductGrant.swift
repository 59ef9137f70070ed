/// What the products of one subscription give together.
public struct ProductGrant: Hashable, Sendable {
    /// The products that were judged, sorted; one that is bought twice stands twice.
    public let products: [String]
    /// Nil where the products name no tier, or several without an order.
    public let tier: TierName?
    /// Peers that add-ons add to the tier's limit.
    public let extraPeers: Int
    /// The tier's bucket, the add-ons', or the wider terms of both.
    public let bucket: BucketTerms?
    /// What an operator has to mend. With a tier the subscription is served all the same.
    public let problems: [ProductProblem]
    /// Every product is known, and none of them gives a tier: nothing of what is served here was bought.
    public let servesNothing: Bool

    init(
        products: [String],
        tier: TierName? = nil,
        extraPeers: Int = 0,
        bucket: BucketTerms? = nil,
        problems: [ProductProblem] = [],
        servesNothing: Bool = false
    ) {
        self.products = products
        self.tier = tier
        self.extraPeers = extraPeers
        self.bucket = bucket
        self.problems = problems
        self.servesNothing = servesNothing
    }

    /// One line for people; nil where nothing is wrong.
    public var problem: String? {
        problems.isEmpty ? nil : problems.map(\.description).joined(separator: "; ")
    }
}

/// What is wrong with the configured tiers and products.
public enum CatalogueProblem: Error, Hashable, Sendable {
    case tierTwice(TierName)
    case noPeers(TierName)
    /// The product, and the two tiers that claim it.
    case productTwice(String, TierName, TierName)
    /// The product gives a tier, and stands among the add-ons or the ignored products as well.
    case productOfTwoKinds(String)
    /// Two add-ons claim the product beside one tier.
    case addOnTwice(String)
    /// A name that no tier has, and where it stands.
    case unknownTier(TierName, in: String)
    case orderTwice(TierName)
}

extension CatalogueProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tierTwice(let name): "tier \(name) is configured twice"
        case .noPeers(let name): "tier \(name) needs a peer limit of at least 1"
        case .productTwice(let product, let first, let second):
            "\(product) stands for both tier \(first) and tier \(second)"
        case .productOfTwoKinds(let product):
            "\(product) must be one of: a tier's product, an add-on, an ignored product"
        case .addOnTwice(let product): "two add-ons have \(product) beside the same tier"
        case .unknownTier(let name, let place): "\(place) names tier \(name), which there is not"
        case .orderTwice(let name): "products.tier_order names tier \(name) twice"
        }
    }
}

/// What is wrong with a subscription's products.
public enum ProductProblem: Error, Hashable, Sendable {
    case none
    case unknown(String)
    /// Tiers of which the settings do not say which is the larger one.
    case ambiguous([TierName])
    /// An add-on was bought, and no tier beside it.
    case addOnAlone(String)
    /// The add-on does not belong to this tier.
    case addOnElsewhere(String, TierName)
}

extension ProductProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .none: "the subscription names no product"
        case .unknown(let product): "no tier has the product \(product)"
        case .ambiguous(let names):
            "products of several tiers, and products.tier_order does not name them all: "
                + names.map(\.text).joined(separator: ", ")
        case .addOnAlone(let product): "the add-on \(product) was bought without a tier"
        case .addOnElsewhere(let product, let tier): "the add-on \(product) does not go with tier \(tier)"
        }
    }
}

/// Why a subscription's products name no tier.
public enum ProductProblem: Error, Hashable, Sendable {
    case none
    case unknown(String)
    case ambiguous([TierName])
}

extension ProductProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .none: "the subscription names no product"
        case .unknown(let product): "no tier has the product \(product)"
        case .ambiguous(let names): "products of several tiers: \(names.map(\.text).joined(separator: ", "))"
        }
    }
}

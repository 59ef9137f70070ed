/// The tiers on sale, and which of the stores' products stands for which.
public struct TierCatalogue: Hashable, Sendable {
    private let tiersByName: [TierName: Tier]
    private let namesByProduct: [PaymentProvider: [String: TierName]]

    public var tiers: [Tier] { tiersByName.values.sorted { $0.name < $1.name } }

    public init(_ tiers: [Tier]) throws(CatalogueProblem) {
        var tiersByName: [TierName: Tier] = [:]
        var namesByProduct: [PaymentProvider: [String: TierName]] = [:]
        for tier in tiers {
            guard tiersByName.updateValue(tier, forKey: tier.name) == nil else { throw .tierTwice(tier.name) }
            guard tier.peerLimit > 0 else { throw .noPeers(tier.name) }
            for (provider, products) in tier.products {
                for product in products.sorted() {
                    let other = namesByProduct[provider, default: [:]].updateValue(tier.name, forKey: product)
                    if let other { throw .productTwice(product, other, tier.name) }
                }
            }
        }
        self.tiersByName = tiersByName
        self.namesByProduct = namesByProduct
    }

    public subscript(name: TierName) -> Tier? { tiersByName[name] }

    /// The tier that a subscription to these products is for.
    ///
    /// Never a default: what is unknown or ambiguous is for a person to look at.
    public func tier(of products: [String], at provider: PaymentProvider) -> Result<TierName, ProductProblem> {
        guard !products.isEmpty else { return .failure(.none) }
        var names: Set<TierName> = []
        for product in products {
            guard let name = namesByProduct[provider]?[product] else { return .failure(.unknown(product)) }
            names.insert(name)
        }
        guard let name = names.first, names.count == 1 else { return .failure(.ambiguous(names.sorted())) }
        return .success(name)
    }
}

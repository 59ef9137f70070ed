/// What is on sale, and what each of the providers' products stands for: a tier, an addition to one, or nothing here.
public struct TierCatalogue: Hashable, Sendable {
    private let tiersByName: [TierName: Tier]
    private let namesByProduct: [PaymentProvider: [String: TierName]]
    private let addOnsByProduct: [PaymentProvider: [String: [AddOn]]]
    private let ignored: Set<String>
    /// Where a tier stands in the declared order, the smallest first.
    private let ranks: [TierName: Int]

    public var tiers: [Tier] { tiersByName.values.sorted { $0.name < $1.name } }

    /// - Parameters:
    ///   - ignored: products that give nothing here, of any provider and beside any tier.
    ///   - order: tiers from the smallest to the largest; it may leave some out.
    public init(
        _ tiers: [Tier],
        addOns: [AddOn] = [],
        ignored: Set<String> = [],
        order: [TierName] = []
    ) throws(CatalogueProblem) {
        tiersByName = try Self.byName(tiers)
        namesByProduct = try Self.products(of: tiers)
        addOnsByProduct = try Self.products(of: addOns)
        self.ignored = ignored
        ranks = try Self.ranks(order)
        try checkNames(addOns, order)
        try checkKinds(tiers)
    }

    public subscript(name: TierName) -> Tier? { tiersByName[name] }

    /// The tier that a product gives by itself.
    public func tier(of product: String, at provider: PaymentProvider) -> TierName? {
        namesByProduct[provider]?[product]
    }

    /// What a subscription to these products gives.
    ///
    /// Never a default: a tier comes from a product that the settings name. What is unknown beside it takes nothing away.
    public func grant(of products: [String], at provider: PaymentProvider) -> ProductGrant {
        let products = products.sorted()
        guard !products.isEmpty else { return ProductGrant(products: [], problems: [.none]) }
        var bought = Bought()
        for product in products {
            if let name = namesByProduct[provider]?[product] {
                bought.tiers.insert(name)
            } else if let addOns = addOnsByProduct[provider]?[product] {
                bought.addOns.append((product, addOns))
            } else if !ignored.contains(product) {
                bought.others.append(product)
            }
        }
        guard let tier = largest(of: bought.tiers), let terms = tiersByName[tier] else {
            return withoutTier(products, bought)
        }
        return with(terms, products, bought)
    }

    /// The products of a subscription, by what they are.
    private struct Bought {
        var tiers: Set<TierName> = []
        var addOns: [(product: String, meanings: [AddOn])] = []
        /// Unknown, or ignored beside some tiers alone.
        var others: [String] = []
    }

    /// Nil for none, and for several that the order does not all name.
    private func largest(of names: Set<TierName>) -> TierName? {
        guard names.count > 1 else { return names.first }
        let ranked = names.compactMap { name in ranks[name].map { (name, $0) } }
        guard ranked.count == names.count else { return nil }
        return ranked.max { $0.1 < $1.1 }?.0
    }

    private func with(_ tier: Tier, _ products: [String], _ bought: Bought) -> ProductGrant {
        var problems: [ProductProblem] = []
        var (peers, bucket) = (0, tier.bucket)
        for (product, meanings) in bought.addOns {
            guard let addOn = meanings.first(where: { $0.counts(beside: tier.name) }) else {
                problems.append(.addOnElsewhere(product, tier.name))
                continue
            }
            peers = min(peers + addOn.peers, Self.extraPeersMax)
            bucket = bucket.widened(by: addOn.bucket)
        }
        problems += bought.others.filter { !tier.ignoredProducts.contains($0) }.map { .unknown($0) }
        return ProductGrant(
            products: products,
            tier: tier.name,
            extraPeers: peers,
            bucket: bucket,
            problems: problems
        )
    }

    private func withoutTier(_ products: [String], _ bought: Bought) -> ProductGrant {
        var problems: [ProductProblem] = bought.tiers.isEmpty ? [] : [.ambiguous(bought.tiers.sorted())]
        problems += bought.others.map { .unknown($0) }
        let servesNothing = problems.isEmpty
        problems += bought.addOns.map { .addOnAlone($0.product) }
        return ProductGrant(products: products, problems: problems, servesNothing: servesNothing)
    }

    /// However often an add-on is bought.
    public static let extraPeersMax = 1000
}

// What contradicts itself

extension TierCatalogue {
    private static func byName(_ tiers: [Tier]) throws(CatalogueProblem) -> [TierName: Tier] {
        var result: [TierName: Tier] = [:]
        for tier in tiers {
            guard result.updateValue(tier, forKey: tier.name) == nil else { throw .tierTwice(tier.name) }
            guard tier.peerLimit > 0 else { throw .noPeers(tier.name) }
        }
        return result
    }

    private static func products(of tiers: [Tier]) throws(CatalogueProblem) -> [PaymentProvider: [String: TierName]] {
        var result: [PaymentProvider: [String: TierName]] = [:]
        for tier in tiers {
            for (provider, products) in tier.products {
                for product in products.sorted() {
                    let other = result[provider, default: [:]].updateValue(tier.name, forKey: product)
                    if let other { throw .productTwice(product, other, tier.name) }
                }
            }
        }
        return result
    }

    private static func products(of addOns: [AddOn]) throws(CatalogueProblem) -> [PaymentProvider: [String: [AddOn]]] {
        var result: [PaymentProvider: [String: [AddOn]]] = [:]
        for addOn in addOns {
            for (provider, products) in addOn.products {
                for product in products.sorted() {
                    let others = result[provider]?[product] ?? []
                    let overlaps = others.contains { other in
                        other.tiers.isEmpty || addOn.tiers.isEmpty || !other.tiers.isDisjoint(with: addOn.tiers)
                    }
                    guard !overlaps else { throw .addOnTwice(product) }
                    result[provider, default: [:]][product] = others + [addOn]
                }
            }
        }
        return result
    }

    private static func ranks(_ order: [TierName]) throws(CatalogueProblem) -> [TierName: Int] {
        var ranks: [TierName: Int] = [:]
        for (rank, name) in order.enumerated() {
            guard ranks.updateValue(rank, forKey: name) == nil else { throw .orderTwice(name) }
        }
        return ranks
    }

    private func checkNames(_ addOns: [AddOn], _ order: [TierName]) throws(CatalogueProblem) {
        for name in order where tiersByName[name] == nil { throw .unknownTier(name, in: "products.tier_order") }
        for name in addOns.flatMap(\.tiers).sorted() where tiersByName[name] == nil {
            throw .unknownTier(name, in: "add_ons.tiers")
        }
    }

    /// A product is of one kind alone: otherwise the order of the questions would decide what was bought.
    private func checkKinds(_ tiers: [Tier]) throws(CatalogueProblem) {
        let giving = Set(namesByProduct.values.flatMap(\.keys))
        let adding = Set(addOnsByProduct.values.flatMap(\.keys))
        let ignoring = ignored.union(tiers.flatMap(\.ignoredProducts))
        let both = giving.intersection(adding).union(giving.union(adding).intersection(ignoring))
        if let product = both.min() { throw .productOfTwoKinds(product) }
    }
}

extension BucketTerms? {
    fileprivate func widened(by other: BucketTerms?) -> BucketTerms? {
        guard let self, let other else { return self ?? other }
        return BucketTerms(
            objectByteCountMax: max(self.objectByteCountMax, other.objectByteCountMax),
            presignLifetimeMax: max(self.presignLifetimeMax, other.presignLifetimeMax)
        )
    }
}

/// What is wrong with the configured tiers.
public enum CatalogueProblem: Error, Hashable, Sendable {
    case tierTwice(TierName)
    case noPeers(TierName)
    /// The product, and the two tiers that claim it.
    case productTwice(String, TierName, TierName)
}

extension CatalogueProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tierTwice(let name): "tier \(name) is configured twice"
        case .noPeers(let name): "tier \(name) needs a peer limit of at least 1"
        case .productTwice(let product, let first, let second):
            "\(product) stands for both tier \(first) and tier \(second)"
        }
    }
}

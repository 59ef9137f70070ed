/// What is wrong with the text of a rollout's waves.
public enum RolloutWavesError: Error, Hashable, Sendable {
    case empty
    /// Neither a count nor a percentage.
    case malformed(String)
    case zero(String)
    case aboveWhole(String)
    /// Smaller than the wave before it, which it includes.
    case decreasing(from: String, to: String)
}

extension RolloutWavesError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "no waves: write for example 1,10%,50%,100%"
        case .malformed(let text): "\"\(text)\" is no wave: write a count of nodes (1) or a share of the fleet (10%)"
        case .zero(let text): "a wave of \(text) has no node"
        case .aboveWhole(let text): "\(text) is more than the fleet"
        case .decreasing(let from, let to): "\(to) is less than the wave before it (\(from)), which it includes"
        }
    }
}

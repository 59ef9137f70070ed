/// How much of the fleet has the new version once a wave is done.
public enum RolloutWave: Hashable, Sendable {
    case nodes(Int)
    /// 1 to 100.
    case percent(Int)

    /// How many of `total` nodes; a share is rounded up.
    func size(of total: Int) -> Int {
        switch self {
        case .nodes(let number): min(number, total)
        case .percent(let percent): total.multipliedRoundingUp(by: percent, over: 100)
        }
    }
}

extension RolloutWave: CustomStringConvertible {
    /// As an operator writes it: `1`, `10%`.
    public var description: String {
        switch self {
        case .nodes(let number): "\(number)"
        case .percent(let percent): "\(percent)%"
        }
    }
}

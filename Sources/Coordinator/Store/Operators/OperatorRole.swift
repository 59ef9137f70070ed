/// What an operator may do. Each role may do what those before it may.
public enum OperatorRole: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Looks at the fleet, and changes nothing.
    case viewer
    /// Looks up single peers as well, to answer customers.
    case support
    /// Changes the fleet.
    case `operator`

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .support: 1
        case .operator: 2
        }
    }

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

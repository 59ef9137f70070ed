import Model

/// One change to a region's nodes, with its reason for people.
public enum CapacityDecision: Hashable, Sendable {
    case add(region: RegionName, count: Int, reason: String)
    /// By a drain that retires the node at its end.
    case remove(region: RegionName, node: NodeID, reason: String)

    public var region: RegionName {
        switch self {
        case .add(let region, _, _), .remove(let region, _, _): region
        }
    }
}

import Model

/// What a plan does to one node that takes peers.
public struct TargetLoad: Hashable, Sendable {
    public let node: NodeID
    public let region: RegionName
    public let before: Int
    /// How many peers the plan moves onto it.
    public let added: Int
    public let capacity: Int

    public var after: Int { before + added }
}

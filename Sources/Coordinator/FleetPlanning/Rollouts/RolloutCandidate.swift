import Model

/// A node that is to get a version.
public struct RolloutCandidate: Hashable, Sendable {
    public let id: NodeID
    public let region: RegionName
    public let isLost: Bool

    public init(id: NodeID, region: RegionName, isLost: Bool = false) {
        self.id = id
        self.region = region
        self.isLost = isLost
    }
}

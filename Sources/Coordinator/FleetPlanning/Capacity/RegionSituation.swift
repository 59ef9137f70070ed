import Model
import Placement

/// What the capacity of a region is decided by.
public struct RegionSituation: Hashable, Sendable {
    public let region: RegionName
    /// For capacity a node is healthy until it is lost: a suspect is no reason for a new one.
    public let nodes: [FleetNode]
    /// Asked for, and not enrolled yet.
    public let pendingNodes: Int
    /// Peers for which operations find no place.
    public let missingPlaces: Int
    /// When a node was last added or removed.
    public let lastDecisionAt: Timestamp?

    public init(
        region: RegionName,
        nodes: [FleetNode],
        pendingNodes: Int = 0,
        missingPlaces: Int = 0,
        lastDecisionAt: Timestamp? = nil
    ) {
        self.region = region
        self.nodes = nodes
        self.pendingNodes = pendingNodes
        self.missingPlaces = missingPlaces
        self.lastDecisionAt = lastDecisionAt
    }
}

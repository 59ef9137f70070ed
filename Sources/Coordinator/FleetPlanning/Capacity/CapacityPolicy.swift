/// How full a region may be, and how quickly that is acted on.
public struct CapacityPolicy: Hashable, Sendable {
    /// What an added node brings the region to, and what a removed one must leave it under.
    public let target_permille: Int
    public let scaleUpAbove_permille: Int
    public let scaleDownBelow_permille: Int
    /// Between two decisions for a region, except where peers have no place.
    public let cooldown: Duration
    /// Whether the peers of the largest node must fit on the others at any time.
    public let keepsHeadroom: Bool
    /// The most nodes of a region that are asked for and not there yet.
    public let maxNodesAtOnce: Int
    public let minNodes: Int
    /// Of a new node.
    public let nodeCapacity: Int

    public init(
        target_permille: Int = 700,
        scaleUpAbove_permille: Int = 800,
        scaleDownBelow_permille: Int = 400,
        cooldown: Duration = .seconds(600),
        keepsHeadroom: Bool = true,
        maxNodesAtOnce: Int = 4,
        minNodes: Int = 1,
        nodeCapacity: Int
    ) {
        precondition(scaleDownBelow_permille < target_permille, "a region that was just filled is not emptied")
        precondition(target_permille < scaleUpAbove_permille, "a node that was just removed is not added again")
        precondition(scaleDownBelow_permille >= 0 && scaleUpAbove_permille <= 1000, "a share of the capacity")
        precondition(maxNodesAtOnce > 0 && minNodes >= 0 && nodeCapacity > 0, "a new node has room")
        self.target_permille = target_permille
        self.scaleUpAbove_permille = scaleUpAbove_permille
        self.scaleDownBelow_permille = scaleDownBelow_permille
        self.cooldown = cooldown
        self.keepsHeadroom = keepsHeadroom
        self.maxNodesAtOnce = maxNodesAtOnce
        self.minNodes = minNodes
        self.nodeCapacity = nodeCapacity
    }
}

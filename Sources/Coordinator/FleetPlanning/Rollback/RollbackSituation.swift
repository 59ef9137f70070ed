import Model

/// What a rollback has to know of the present that the log does not say.
public struct RollbackSituation: Hashable, Sendable {
    public let retiredNodes: Set<NodeID>
    public let cordonedNodes: Set<NodeID>
    /// Nodes that a drain or a replacement is at work on.
    public let nodesInOperation: Set<NodeID>
    /// The entries whose join token has enrolled a node.
    public let redeemedTokens: Set<Int64>

    public init(
        retiredNodes: Set<NodeID> = [],
        cordonedNodes: Set<NodeID> = [],
        nodesInOperation: Set<NodeID> = [],
        redeemedTokens: Set<Int64> = []
    ) {
        self.retiredNodes = retiredNodes
        self.cordonedNodes = cordonedNodes
        self.nodesInOperation = nodesInOperation
        self.redeemedTokens = redeemedTokens
    }
}

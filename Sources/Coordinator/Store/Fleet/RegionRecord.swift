import Database
import Model
import Placement

/// A region as an operator sees it: its nodes that are not retired, taken together.
public struct RegionRecord: Hashable, Sendable {
    public let name: String
    public let nodeCount: Int
    /// Nodes that are alive, and were heard since they enrolled.
    public let healthyCount: Int
    /// Nodes that take new peers.
    public let schedulableCount: Int
    public let capacity: Int
    /// What the nodes that take new peers may hold.
    public let schedulableCapacity: Int
    public let peerCount: Int
    /// How many nodes are closed, by the first reason that holds; those without any are left out.
    public let closed: [NodeClosure: Int]

    /// Peers to capacity, in thousandths; 0 where there is no capacity.
    public var utilisation_permille: Int { capacity > 0 ? peerCount * 1000 / capacity : 0 }

    init(name: RegionName, nodes: [FleetNode]) {
        let open = nodes.filter(\.isOpen)
        self.name = name.text
        nodeCount = nodes.count
        healthyCount = nodes.count { $0.isHealthy && $0.wasHeard }
        schedulableCount = open.count
        capacity = nodes.reduce(0) { $0 + $1.capacity }
        schedulableCapacity = open.reduce(0) { $0 + $1.capacity }
        peerCount = nodes.reduce(0) { $0 + $1.peerCount }
        closed = nodes.reduce(into: [:]) { counts, node in
            if let closure = node.closure { counts[closure, default: 0] += 1 }
        }
    }
}

extension Store {
    /// By name.
    public func regions() async throws -> [RegionRecord] {
        let nodes = try await pool.query(Self.nodesOfRegions.with()) { rows in
            try rows.map { row in try FleetNode(row, silence: nil) }
        }
        return Dictionary(grouping: nodes, by: \.region).sorted { $0.key < $1.key }.map(RegionRecord.init)
    }

    private static let nodesOfRegions = Statement("SELECT \(FleetNode.columns) FROM nodes WHERE retired_at IS NULL")
}

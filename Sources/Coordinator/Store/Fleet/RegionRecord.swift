import Database
import Model

/// A region as an operator sees it: its nodes that are not retired, taken together.
public struct RegionRecord: Hashable, Sendable {
    public let name: String
    public let nodeCount: Int
    /// Nodes that are alive.
    public let healthyCount: Int
    /// Nodes that take new peers.
    public let schedulableCount: Int
    public let capacity: Int
    /// What the nodes that take new peers may hold.
    public let schedulableCapacity: Int
    public let peerCount: Int

    /// Peers to capacity, in thousandths; 0 where there is no capacity.
    public var utilisation_permille: Int { capacity > 0 ? peerCount * 1000 / capacity : 0 }

    init(_ row: Row) throws(DatabaseError) {
        name = try row.text("region")
        nodeCount = Int(try row.int64("nodes"))
        healthyCount = Int(try row.int64("healthy"))
        schedulableCount = Int(try row.int64("schedulable"))
        capacity = Int(try row.int64("capacity"))
        schedulableCapacity = Int(try row.int64("schedulable_capacity"))
        peerCount = Int(try row.int64("peers"))
    }
}

extension Store {
    /// By name.
    public func regions() async throws -> [RegionRecord] {
        try await pool.query(Self.listRegions.with()) { rows in try rows.map { row in try RegionRecord(row) } }
    }

    private static let listRegions: Statement = """
        SELECT region, count(*) AS nodes,
            count(*) FILTER (WHERE health = 'alive') AS healthy,
            count(*) FILTER (WHERE health = 'alive' AND NOT cordoned AND endpoint_pending IS NULL) AS schedulable,
            sum(capacity)::bigint AS capacity,
            coalesce(sum(capacity) FILTER (WHERE health = 'alive' AND NOT cordoned AND endpoint_pending IS NULL), 0)::bigint AS schedulable_capacity,
            sum(peer_count)::bigint AS peers
        FROM nodes WHERE retired_at IS NULL GROUP BY region ORDER BY region
        """
}

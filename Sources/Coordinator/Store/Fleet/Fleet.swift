import Database
import Model
import Placement

extension Store {
    /// The fleet as placement sees it: every node that is not retired.
    ///
    /// - Parameter silenceLimit: a node that nobody has heard for longer takes no new peers.
    public func fleet(silenceLimit: Duration, now: Timestamp) async throws -> FleetView {
        try await pool.query(
            Self.fleetNodes.with(
                .timestamp((now - silenceLimit).microseconds),
                .timestamp(now.microseconds)
            )
        ) { rows in
            FleetView(nodes: try rows.map { row in try FleetNode(row) })
        }
    }

    private static let fleetNodes: Statement = """
        SELECT id, region, capacity, peer_count, cordoned OR endpoint_pending IS NOT NULL AS cordoned, health = 'alive'
            -- A large fleet is asked less often: three of the node's own heartbeats in any case.
            AND coalesce(heard_at + make_interval(secs => coalesce(heartbeat_interval_ms, 0) * 3 / 1000.0) > $2
                OR heard_at > $1, false) AS healthy
        FROM nodes WHERE retired_at IS NULL ORDER BY id
        """
}

extension FleetNode {
    init(_ row: Row) throws(DatabaseError) {
        let region = try row.region("region")
        self.init(
            id: try row.identifier("id"),
            region: region,
            capacity: Int(try row.int32("capacity")),
            peerCount: Int(try row.int32("peer_count")),
            isCordoned: try row.bool("cordoned"),
            isRetired: false,
            isHealthy: try row.bool("healthy")
        )
    }
}

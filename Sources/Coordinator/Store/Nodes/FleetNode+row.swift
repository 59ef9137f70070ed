import Database
import Model
import Placement

extension FleetNode {
    /// What a node's availability is judged by. Whoever locks or lists nodes reads these, and lets `closure` decide.
    static let columns = """
        id, region, capacity, peer_count, cordoned, retired_at IS NOT NULL AS is_retired,
        endpoint_pending IS NOT NULL AS is_endpoint_pending, health, heard_at, heartbeat_interval_ms,
        cardinality(condition_kinds) > 0 OR refusing_since IS NOT NULL AS is_out_of_order,
        ipv6_unavailable
        """

    /// How long a node may be silent, and the moment that is judged.
    struct Silence {
        let limit: Duration
        let now: Timestamp
    }

    /// - Parameter silence: nil leaves the clock out. Whoever has chosen the node looked at it a moment ago; what is
    ///   looked at again is what may have been written since.
    init(_ row: Row, silence: Silence?) throws(DatabaseError) {
        let heardAt = try row.optionalMoment("heard_at")
        let interval = Duration.milliseconds(Int(try row.optionalInt32("heartbeat_interval_ms") ?? 0))
        let isHeard = silence.map { silence in
            Self.isHeard(at: heardAt, heartbeatInterval: interval, silenceLimit: silence.limit, now: silence.now)
        }
        self.init(
            id: try row.identifier("id"),
            region: try row.region("region"),
            capacity: Int(try row.int32("capacity")),
            peerCount: Int(try row.int32("peer_count")),
            isCordoned: try row.bool("cordoned"),
            isRetired: try row.bool("is_retired"),
            isEndpointPending: try row.bool("is_endpoint_pending"),
            isHealthy: try row.text("health") == "alive" && isHeard ?? true,
            wasHeard: heardAt != nil,
            isOutOfOrder: try row.bool("is_out_of_order"),
            offersIPv6: try !row.bool("ipv6_unavailable")
        )
    }
}

import Database
import FleetPlanning
import Placement

/// Counts of the fleet's work, for the metrics.
public struct FleetFigures: Sendable {
    /// By health.
    public var nodesByHealth: [String: Int] = [:]
    /// Operations that are not over, by state.
    public var operationsByState: [String: Int] = [:]
    /// Peers for which operations find no place.
    public var unplacedPeers = 0
    /// Peers that are being installed on a new node.
    public var movingPeers = 0
    /// Peers that wait to be installed on nodes which do not do their work.
    public var stuckPeers = 0
    /// Nodes that take no new peers, by each reason that holds.
    public var closedNodes: [String: Int] = [:]
    /// Every label of `closedNodes`.
    public static let closedReasons =
        [NodeClosure.cordoned, .endpointPending, .neverHeard, .unhealthy].map(\.rawValue) + NodeTrouble.allReasons
    /// The free bytes of the state disk that has the fewest; nil where no node has told.
    public var leastStateDiskFreeBytes: Int?
    /// Peers that old nodes still keep.
    public var lingeringPeers = 0
    /// Requests for nodes that are not over, by state.
    public var capacityRequestsByState: [String: Int] = [:]
    /// Whether so many nodes are silent that nobody is moved.
    public var isBraked = false
    /// Rollouts that have halted and wait for a person.
    public var haltedRollouts = 0
}

extension Store {
    public func fleetFigures() async throws -> FleetFigures {
        try await pool.query(Self.figures.with()) { rows in
            var figures = FleetFigures()
            for row in rows {
                let (label, value) = (try row.text("label"), Int(try row.int64("value")))
                switch try row.text("figure") {
                case "nodes": figures.nodesByHealth[label] = value
                case "closed": figures.closedNodes[label] = value
                case "stuck": figures.stuckPeers = value
                case "disk": figures.leastStateDiskFreeBytes = value
                case "operations": figures.operationsByState[label] = value
                case "unplaced": figures.unplacedPeers = value
                case "moving": figures.movingPeers = value
                case "lingering": figures.lingeringPeers = value
                case "requests": figures.capacityRequestsByState[label] = value
                case "brake": figures.isBraked = value > 0
                default: figures.haltedRollouts = value
                }
            }
            return figures
        }
    }

    private static let figures: Statement = """
        SELECT 'nodes' AS figure, CASE WHEN heard_at IS NULL THEN 'unheard' ELSE health END AS label, count(*) AS value
            FROM nodes WHERE retired_at IS NULL GROUP BY 2
        UNION ALL SELECT 'closed', reason, count(*) FROM nodes CROSS JOIN LATERAL unnest(
                condition_kinds || CASE WHEN refusing_since IS NOT NULL THEN '{refuses-changes}'::text[] ELSE '{}' END
                || CASE WHEN cordoned THEN '{cordoned}'::text[] ELSE '{}' END
                || CASE WHEN endpoint_pending IS NOT NULL THEN '{endpoint-pending}'::text[] ELSE '{}' END
                || CASE WHEN heard_at IS NULL THEN '{never-heard}'::text[]
                    WHEN health <> 'alive' THEN '{unhealthy}' ELSE '{}' END) AS r (reason)
            WHERE retired_at IS NULL GROUP BY reason
        UNION ALL SELECT 'stuck', '', count(*) FROM nodes n JOIN assignments a ON a.node_id = n.id
            AND a.revision > n.applied_revision AND a.state = 'installing'
            WHERE n.retired_at IS NULL
                AND (cardinality(n.condition_kinds) > 0 OR n.refusing_since IS NOT NULL OR n.heard_at IS NULL)
        UNION ALL SELECT 'disk', '', min(state_disk_free_bytes) FROM nodes
            WHERE retired_at IS NULL AND state_disk_free_bytes IS NOT NULL HAVING count(*) > 0
        UNION ALL SELECT 'operations', state, count(*) FROM operations WHERE ended_at IS NULL GROUP BY state
        UNION ALL SELECT 'unplaced', '', coalesce(sum(unplaced), 0) FROM operations WHERE ended_at IS NULL
        UNION ALL SELECT 'moving', '', count(*) FROM assignments WHERE moves_from IS NOT NULL
        UNION ALL SELECT 'lingering', '', count(*) FROM assignments WHERE state = 'lingering'
        UNION ALL SELECT 'requests', state, count(*) FROM capacity_requests WHERE ended_at IS NULL GROUP BY state
        UNION ALL SELECT 'brake', '', count(*) FROM (
            SELECT detail FROM audit_entries WHERE action = 'fleet.mass_failure' AND at > now() - interval '7 days'
            ORDER BY id DESC LIMIT 1) last WHERE detail <> 'over'
        UNION ALL SELECT 'halted', '', count(*) FROM rollouts WHERE state = 'halted' AND ended_at IS NULL
        """
}

import Database
import FleetPlanning
import Model
import Placement

/// The fleet as the controllers see it, as of one moment.
public struct FleetInventory: Sendable {
    public struct Node: Hashable, Sendable {
        public let name: String
        public let observed: ObservedNode
        public let placed: FleetNode
        public let trouble: NodeTrouble
        public let enrolledAt: Timestamp
        public let agentVersion: String?

        public init(
            name: String,
            observed: ObservedNode,
            placed: FleetNode,
            trouble: NodeTrouble,
            enrolledAt: Timestamp,
            agentVersion: String?
        ) {
            self.name = name
            self.observed = observed
            self.placed = placed
            self.trouble = trouble
            self.enrolledAt = enrolledAt
            self.agentVersion = agentVersion
        }

        /// Since when the node has not done its work though it is not lost: it was never heard, or is out of order. Nil
        /// for one that does it, or whose silence is judged instead.
        public var uselessSince: Timestamp? { placed.wasHeard ? trouble.since : enrolledAt }
    }

    /// An operation that is not over, with what its node holds.
    public struct Operation: Hashable, Sendable {
        public let id: OperationID
        public let kind: OperationRecord.Kind
        public let state: OperationRecord.State
        public let node: NodeID
        /// The node's, which may be retired and no part of `nodes`.
        public let region: RegionName
        public let thenRetire: Bool
        public let reason: String?
        public let total: Int
        public let moved: Int
        public let unplaced: Int
        /// Peers whose place is the node, those that are being moved included.
        public let placed: Int
        /// Peers that are being installed elsewhere.
        public let inFlight: Int
        public let lingering: Int
        /// What the node has not yet said to have removed, and what is on its way to it, to be withdrawn or switched.
        public let removing: Int
        public let isRetired: Bool

        public init(
            id: OperationID,
            kind: OperationRecord.Kind,
            state: OperationRecord.State,
            node: NodeID,
            region: RegionName,
            thenRetire: Bool = false,
            reason: String? = nil,
            total: Int,
            moved: Int,
            unplaced: Int,
            placed: Int,
            inFlight: Int,
            lingering: Int,
            removing: Int,
            isRetired: Bool = false
        ) {
            self.id = id
            self.kind = kind
            self.state = state
            self.node = node
            self.region = region
            self.thenRetire = thenRetire
            self.reason = reason
            self.total = total
            self.moved = moved
            self.unplaced = unplaced
            self.placed = placed
            self.inFlight = inFlight
            self.lingering = lingering
            self.removing = removing
            self.isRetired = isRetired
        }
    }

    /// Every node that is not retired.
    public let nodes: [Node]
    public let operations: [Operation]

    public init(nodes: [Node], operations: [Operation]) {
        self.nodes = nodes
        self.operations = operations
    }

    public var fleet: FleetView { FleetView(nodes: nodes.map(\.placed)) }
}

extension Store {
    /// - Parameter silenceLimit: a node that nobody has heard for longer takes no new peers; nil leaves that to whoever
    ///   judges the nodes' health.
    public func fleetInventory(silenceLimit: Duration?, now: Timestamp) async throws -> FleetInventory {
        let silence = silenceLimit.map { FleetNode.Silence(limit: $0, now: now) }
        return try await pool.transaction(isolation: .repeatableRead) { transaction in
            let results = try transaction.executeAll([Self.inventoryNodes.with(), Self.openOperations.with()])
            return FleetInventory(
                nodes: try results[0].map { row in try FleetInventory.Node(row, silence: silence) },
                operations: try results[1].map { row in try FleetInventory.Operation(row) }
            )
        }
    }

    /// Peers whose place is the node, and that are not on their way elsewhere, with the nodes of their subscriptions'
    /// peers.
    public func peersToMove(from node: NodeID, limit: Int) async throws -> [PeerToMove] {
        let (node, limit) = (Parameter.uuid(node.bytes), Parameter.int64(Int64(limit)))
        return try await pool.transaction(isolation: .repeatableRead) { transaction in
            try Self.peersToMove(try transaction.query(Self.movable, node, limit), in: transaction)
        }
    }

    /// - Parameter rows: peer, node, subscription and the node's region of each.
    static func peersToMove(_ rows: QueryResult, in transaction: Transaction) throws(DatabaseError) -> [PeerToMove] {
        let subscriptions = Set(try rows.map { row throws(DatabaseError) in try row.uuid("subscription_id") })
        var companions: [SubscriptionID: [NodeID]] = [:]
        for row in try transaction.query(Self.companions, .uuidArray(Array(subscriptions))) {
            let node: NodeID = try row.identifier("node_id")
            companions[try row.identifier("subscription_id"), default: []] += [NodeID](
                repeating: node,
                count: Int(try row.int64("count"))
            )
        }
        return try rows.map { row throws(DatabaseError) in
            let subscription: SubscriptionID = try row.identifier("subscription_id")
            return PeerToMove(
                id: try row.identifier("peer_id"),
                subscription: subscription,
                source: try row.identifier("node_id"),
                region: try row.region("region"),
                companions: companions[subscription] ?? []
            )
        }
    }

    private static let inventoryNodes = Statement(
        """
        SELECT \(FleetNode.columns), \(NodeTrouble.columns), name, health_since, link_session IS NOT NULL AS is_linked,
            revision, applied_revision, flap_penalty, flap_penalty_at, agent_version, enrolled_at
        FROM nodes WHERE retired_at IS NULL ORDER BY id
        """
    )

    private static let openOperations: Statement = """
        SELECT o.id, o.kind, o.state, o.node_id, o.then_retire, o.reason, o.total, o.moved, o.unplaced,
            n.region, n.retired_at IS NOT NULL AS is_retired, held.placed, held.lingering, held.removing,
            (SELECT count(*) FROM assignments WHERE moves_from = o.node_id) AS in_flight
        FROM operations o JOIN nodes n ON n.id = o.node_id CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE state IN ('installing', 'active') AND moves_from IS NULL) AS placed,
                count(*) FILTER (WHERE state = 'lingering') AS lingering,
                count(*) FILTER (WHERE state = 'removing' OR moves_from IS NOT NULL) AS removing
            FROM assignments WHERE node_id = o.node_id) held
        WHERE o.ended_at IS NULL ORDER BY o.created_at, o.id
        """

    /// In the order of revisions: those that have left come last by it, and are not read again.
    private static let movable: Statement = """
        SELECT a.peer_id, a.node_id, p.subscription_id, n.region
        FROM assignments a JOIN peers p ON p.id = a.peer_id JOIN nodes n ON n.id = a.node_id
        WHERE a.node_id = $1 AND a.state IN ('installing', 'active') AND a.moves_from IS NULL
            AND NOT EXISTS (SELECT FROM assignments m WHERE m.peer_id = a.peer_id AND m.moves_from IS NOT NULL)
        ORDER BY a.revision LIMIT $2
        """

    /// A peer on its way counts where it goes. One at its source is counted with them, which changes nothing: nobody moves
    /// to where he is. Beyond a few on a node, more make no difference that is worth their number.
    private static let companions: Statement = """
        SELECT p.subscription_id, a.node_id, least(count(*), 16) AS count
        FROM peers p JOIN assignments a ON a.peer_id = p.id AND a.state IN ('installing', 'active')
        WHERE p.subscription_id = ANY ($1)
            AND (a.moves_from IS NOT NULL
                OR NOT EXISTS (SELECT FROM assignments m WHERE m.peer_id = p.id AND m.moves_from IS NOT NULL))
        GROUP BY p.subscription_id, a.node_id
        """
}

extension FleetInventory.Node {
    init(_ row: Row, silence: FleetNode.Silence?) throws(DatabaseError) {
        let id: NodeID = try row.identifier("id")
        let region = try row.region("region")
        self.init(
            name: try row.text("name"),
            observed: ObservedNode(
                id: id,
                region: region,
                health: try row.named("health"),
                healthSince: try row.moment("health_since"),
                heardAt: try row.optionalMoment("heard_at"),
                isLinked: try row.bool("is_linked"),
                heartbeatInterval: .milliseconds(Int(try row.optionalInt32("heartbeat_interval_ms") ?? 0)),
                revision: try row.revision("revision"),
                appliedRevision: try row.revision("applied_revision"),
                flapPenalty: Int(try row.int32("flap_penalty")),
                flapPenaltyAt: try row.moment("flap_penalty_at")
            ),
            placed: try FleetNode(row, silence: silence),
            trouble: try NodeTrouble(row),
            enrolledAt: try row.moment("enrolled_at"),
            agentVersion: try row.optionalText("agent_version")
        )
    }
}

extension FleetInventory.Operation {
    init(_ row: Row) throws(DatabaseError) {
        self.init(
            id: try row.identifier("id"),
            kind: try row.named("kind"),
            state: try row.named("state"),
            node: try row.identifier("node_id"),
            region: try row.region("region"),
            thenRetire: try row.bool("then_retire"),
            reason: try row.optionalText("reason"),
            total: Int(try row.int32("total")),
            moved: Int(try row.int32("moved")),
            unplaced: Int(try row.int32("unplaced")),
            placed: Int(try row.int64("placed")),
            inFlight: Int(try row.int64("in_flight")),
            lingering: Int(try row.int64("lingering")),
            removing: Int(try row.int64("removing")),
            isRetired: try row.bool("is_retired")
        )
    }
}

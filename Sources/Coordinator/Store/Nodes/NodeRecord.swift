import Database
import FleetPlanning
import Model
import Placement

/// A node as an operator sees it.
public struct NodeRecord: Hashable, Sendable {
    public let id: NodeID
    public let name: String
    public let region: String
    public let endpoint: String
    /// Another endpoint that the node states, for an operator to accept; meanwhile it takes no new peers.
    public let pendingEndpoint: String?
    /// Another machine came with the node's identity and was refused.
    public let isMachineRefused: Bool
    public let capacity: Int
    /// Peers that count against the capacity, those that linger included.
    public let peerCount: Int
    /// Moved peers that the node still keeps, by its last heartbeat.
    public let lingeringCount: Int
    public let isCordoned: Bool
    /// alive, suspect, lost or returning; unheard for a node that has not called since it enrolled.
    public let health: String
    public let healthSince: Timestamp
    /// The operation that runs on the node, with its kind.
    public let operation: OperationID?
    public let operationKind: String?
    /// Nil: never.
    public let heardAt: Timestamp?
    public let revision: Int64
    public let appliedRevision: Int64
    public let agentVersion: String?
    /// The version that a rollout wants.
    public let desiredVersion: String?
    public let telemetry: Telemetry
    /// Why no new peers come to the node; nil while they do.
    public let closures: [NodeClosure]
    /// Why it cannot do its work.
    public let trouble: NodeTrouble
    /// Whether its clients reach the internet over IPv6.
    public let offersIPv6: Bool
    public let labels: [String: String]
    public let enrolledAt: Timestamp

    /// Totals of the whole node, by its last heartbeat; nil before the first.
    public struct Telemetry: Hashable, Sendable {
        public let cpuBusy_permille: Int?
        public let load_permille: Int?
        public let memoryTotalBytes: Int64?
        public let memoryAvailableBytes: Int64?
        public let receivedBytes: Int64?
        public let sentBytes: Int64?
        public let peersInKernel: Int?
        public let peersRecentlyActive: Int?
        public let driftRepaired: Int64?
        public let clockSkew_ms: Int64?
        /// Of the file system that holds the node's peer table.
        public let stateDiskFreeBytes: Int64?

        init(_ row: Row) throws(DatabaseError) {
            cpuBusy_permille = try row.optionalInt32("cpu_busy_permille").map(Int.init)
            load_permille = try row.optionalInt32("load_permille").map(Int.init)
            memoryTotalBytes = try row.optionalInt64("memory_total_bytes")
            memoryAvailableBytes = try row.optionalInt64("memory_available_bytes")
            receivedBytes = try row.optionalInt64("received_bytes")
            sentBytes = try row.optionalInt64("sent_bytes")
            peersInKernel = try row.optionalInt32("peers_in_kernel").map(Int.init)
            peersRecentlyActive = try row.optionalInt32("peers_recently_active").map(Int.init)
            driftRepaired = try row.optionalInt64("drift_repaired")
            clockSkew_ms = try row.optionalInt64("clock_skew_ms")
            stateDiskFreeBytes = try row.optionalInt64("state_disk_free_bytes")
        }
    }

    /// Whether new peers come to the node while it has room.
    public var isSchedulable: Bool { closures.isEmpty }

    /// Every reason that keeps new peers away, by name: the closures, and why the node is out of order.
    public var closedBy: [String] {
        closures.flatMap { $0 == .outOfOrder ? trouble.reasons.map(\.name) : [$0.rawValue] }
    }

    init(_ row: Row) throws(DatabaseError) {
        id = try row.identifier("id")
        name = try row.text("name")
        region = try row.text("region")
        endpoint = try row.text("endpoint")
        pendingEndpoint = try row.optionalText("endpoint_pending")
        isMachineRefused = try !row.isNull("machine_refused_at")
        capacity = Int(try row.int32("capacity"))
        peerCount = Int(try row.int32("peer_count"))
        lingeringCount = Int(try row.optionalInt32("peers_lingering") ?? 0)
        isCordoned = try row.bool("cordoned")
        let placed = try FleetNode(row, silence: nil)
        health = placed.wasHeard ? try row.text("health") : "unheard"
        closures = placed.closures
        trouble = try NodeTrouble(row)
        offersIPv6 = placed.offersIPv6
        healthSince = try row.moment("health_since")
        operation = try row.optionalIdentifier("operation_id")
        operationKind = try row.optionalText("operation_kind")
        heardAt = try row.optionalMoment("heard_at")
        revision = try row.int64("revision")
        appliedRevision = try row.int64("applied_revision")
        agentVersion = try row.optionalText("agent_version")
        desiredVersion = try row.optionalText("desired_version")
        telemetry = try Telemetry(row)
        let keys = try row.textArray("label_keys")
        let values = try row.textArray("label_values")
        labels = Dictionary(zip(keys, values)) { first, _ in first }
        enrolledAt = try row.moment("enrolled_at")
    }
}

import FleetPlanning
import Store

/// A node in JSON.
struct NodeResource: Encodable {
    let name: String
    let id: String
    let region: String
    let endpoint: String
    let endpoint_pending: String?
    let machine_refused: Bool
    let health: String
    let health_since: String
    let schedulable: Bool
    let cordoned: Bool
    let closed_by: [String]
    let conditions: [String: String]
    let conditions_since: String?
    let ipv6: Bool
    let operation: String?
    let operation_kind: String?
    let capacity: Int
    let peers: Int
    let lingering: Int
    let revision: Int64
    let applied_revision: Int64
    let agent_version: String?
    let desired_version: String?
    let heard_at: String?
    let enrolled_at: String
    let cpu_percent: Double?
    let load: Double?
    let memory_total_bytes: Int64?
    let memory_available_bytes: Int64?
    let state_disk_free_bytes: Int64?
    let received_bytes: Int64?
    let sent_bytes: Int64?
    let peers_in_kernel: Int?
    let peers_recently_active: Int?
    let drift_repaired: Int64?
    let clock_skew_ms: Int64?
    let labels: [String: String]

    init(_ node: NodeRecord) {
        name = node.name
        id = "\(node.id)"
        region = node.region
        endpoint = node.endpoint
        endpoint_pending = node.pendingEndpoint
        machine_refused = node.isMachineRefused
        health = node.health
        health_since = "\(node.healthSince)"
        schedulable = node.isSchedulable
        cordoned = node.isCordoned
        closed_by = node.closedBy
        conditions = Dictionary(node.trouble.reasons.map { ($0.name, $0.detail) }) { first, _ in first }
        conditions_since = node.trouble.since.map { "\($0)" }
        ipv6 = node.offersIPv6
        operation = node.operation.map { "\($0)" }
        operation_kind = node.operationKind
        capacity = node.capacity
        peers = node.peerCount
        lingering = node.lingeringCount
        revision = node.revision
        applied_revision = node.appliedRevision
        agent_version = node.agentVersion
        desired_version = node.desiredVersion
        heard_at = node.heardAt.map { "\($0)" }
        enrolled_at = "\(node.enrolledAt)"
        cpu_percent = node.telemetry.cpuBusy_permille.map { Double($0) / 10 }
        load = node.telemetry.load_permille.map { Double($0) / 1000 }
        memory_total_bytes = node.telemetry.memoryTotalBytes
        memory_available_bytes = node.telemetry.memoryAvailableBytes
        state_disk_free_bytes = node.telemetry.stateDiskFreeBytes
        received_bytes = node.telemetry.receivedBytes
        sent_bytes = node.telemetry.sentBytes
        peers_in_kernel = node.telemetry.peersInKernel
        peers_recently_active = node.telemetry.peersRecentlyActive
        drift_repaired = node.telemetry.driftRepaired
        clock_skew_ms = node.telemetry.clockSkew_ms
        labels = node.labels
    }

    static let schema = ResourceSchema(
        name: "Node",
        fields: [
            .required("name", .string, "As it enrolled."),
            .required("id", .identifier, "Of this enrolment."),
            .required("region", .string, "Where it is."),
            .required("endpoint", .string, "Where clients reach it."),
            .optional(
                "endpoint_pending",
                .string,
                "Another endpoint that it states. It takes no new peers until that is accepted."
            ),
            .required(
                "machine_refused",
                .boolean,
                "Another machine came with its identity, and is refused until it is accepted."
            ),
            .required(
                "health",
                .oneOf(["alive", "suspect", "lost", "returning", "unheard"]),
                "As the fleet's controller judges it; unheard: it enrolled and has not called since."
            ),
            .required("health_since", .moment, "Since when."),
            .required("schedulable", .boolean, "Whether it takes new peers while it has room."),
            .required("cordoned", .boolean, "Whether an operator or an operation keeps new peers away."),
            .required("closed_by", .list(.string), "Every reason why it takes no new peers, such as exit-policy."),
            .required("conditions", .map(.string), "Why it cannot do its work: each reason with one line."),
            .optional("conditions_since", .moment, "Since when it has had one."),
            .required("ipv6", .boolean, "Whether its clients reach the internet over IPv6."),
            .optional("operation", .identifier, "The operation that runs on it."),
            .optional("operation_kind", .string, "What that operation does."),
            .required("capacity", .integer, "The most peers that it may hold."),
            .required("peers", .integer, "Peers that count against the capacity, those that linger included."),
            .required("lingering", .integer, "Moved peers that it still keeps, by its last heartbeat."),
            .required("revision", .integer, "The last change that it was given."),
            .required("applied_revision", .integer, "The last one that it has stored and programmed."),
            .optional("agent_version", .string, "Of its agent."),
            .optional("desired_version", .string, "That a rollout wants."),
            .optional("heard_at", .moment, "When it was last heard."),
            .required("enrolled_at", .moment, "When it enrolled."),
            .optional("cpu_percent", .number, "Busy time of its processors."),
            .optional("load", .number, "Its load average over a minute, by processor."),
            .optional("memory_total_bytes", .integer, "Its memory."),
            .optional("memory_available_bytes", .integer, "What of that is available."),
            .optional("state_disk_free_bytes", .integer, "Free on the disk that holds its peer table."),
            .optional("received_bytes", .integer, "By the tunnel interface, since it was made."),
            .optional("sent_bytes", .integer, "By the tunnel interface, since it was made."),
            .optional("peers_in_kernel", .integer, "Peers in the kernel."),
            .optional("peers_recently_active", .integer, "How many peers have shaken hands within three minutes."),
            .optional("drift_repaired", .integer, "What was put right in the kernel, since the agent's start."),
            .optional("clock_skew_ms", .integer, "Its clock beside the coordinator's."),
            .required("labels", .map(.string), "An operator's own words."),
        ]
    )
}

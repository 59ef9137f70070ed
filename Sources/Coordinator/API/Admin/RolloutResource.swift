import Store

/// A rollout in JSON.
struct RolloutResource: Encodable {
    struct Node: Encodable {
        let name: String
        let wave: Int
        let previous_version: String?
        let version: String?
        let told_at: String?
        let passed_at: String?

        init(_ node: RolloutNodeRecord) {
            name = node.name
            wave = node.wave + 1
            previous_version = node.previousVersion
            version = node.version
            told_at = node.toldAt.map { "\($0)" }
            passed_at = node.passedAt.map { "\($0)" }
        }

        static let schema = ResourceSchema(
            name: "RolloutNode",
            fields: [
                .required("name", .string, "Of the node."),
                .required("wave", .integer, "Its wave, from 1."),
                .optional("previous_version", .string, "What it ran before."),
                .optional("version", .string, "What it runs."),
                .optional("told_at", .moment, "When it was told the version."),
                .optional("passed_at", .moment, "When it was back and in order."),
            ]
        )
    }

    let id: String
    let version: String
    let state: String
    let waves: [String]
    let wave: Int
    let wave_began_at: String
    let reason: String?
    let told: Int
    let passed: Int
    let total: Int
    let created_by: String
    let created_at: String
    let ended_at: String?
    let nodes: [Node]?

    init(_ rollout: RolloutRecord, nodes: [RolloutNodeRecord]? = nil) {
        id = "\(rollout.id)"
        version = rollout.version
        state = rollout.state.rawValue
        waves = rollout.waves
        wave = rollout.wave + 1
        wave_began_at = "\(rollout.waveBeganAt)"
        reason = rollout.reason
        told = rollout.toldCount
        passed = rollout.passedCount
        total = rollout.nodeCount
        created_by = rollout.createdBy
        created_at = "\(rollout.createdAt)"
        ended_at = rollout.endedAt.map { "\($0)" }
        self.nodes = nodes.map { $0.map(Node.init) }
    }

    static let schema = ResourceSchema(name: "Rollout", fields: fields)
    static let detailed = ResourceSchema(
        name: "RolloutDetail",
        fields: fields + [.required("nodes", .list(.object(Node.schema)), "By wave and name.")]
    )

    private static let fields: [ResourceSchema.Field] = [
        .required("id", .identifier, "Of the rollout."),
        .required("version", .string, "That the nodes get."),
        .required("state", .oneOf(RolloutRecord.State.allCases.map(\.rawValue)), "How far it is."),
        .required("waves", .list(.string), "As the operator wrote them."),
        .required("wave", .integer, "The wave under way, from 1."),
        .required("wave_began_at", .moment, "Since when."),
        .optional("reason", .string, "Why it halted."),
        .required("told", .integer, "Nodes that were told the version."),
        .required("passed", .integer, "Nodes that are back with it, and in order."),
        .required("total", .integer, "Nodes of the fleet."),
        .required("created_by", .string, "Who began it."),
        .required("created_at", .moment, "When."),
        .optional("ended_at", .moment, "When it was over."),
    ]
}

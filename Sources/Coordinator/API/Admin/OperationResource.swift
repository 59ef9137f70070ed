import Cryptography
import Model
import Store

/// An operation in JSON.
struct OperationResource: Encodable {
    let id: String
    let kind: String
    let state: String
    let node: String?
    let region: String?
    let then_retire: Bool
    let linger_s: Int64
    let total: Int
    let moved: Int
    let in_flight: Int
    let unplaced: Int
    let lingering: Int
    let reason: String?
    let created_by: String
    let created_at: String
    let updated_at: String
    let ended_at: String?
    /// Changes whenever anything else does.
    let version: String

    init(_ operation: OperationRecord) {
        id = "\(operation.id)"
        kind = operation.kind.rawValue
        state = operation.state.rawValue
        node = operation.nodeName
        region = operation.region
        then_retire = operation.thenRetire
        linger_s = operation.linger.components.seconds
        total = operation.total
        moved = operation.moved
        in_flight = operation.inFlight
        unplaced = operation.unplaced
        lingering = operation.lingering
        reason = operation.reason
        created_by = operation.createdBy
        created_at = "\(operation.createdAt)"
        updated_at = "\(operation.updatedAt)"
        ended_at = operation.endedAt.map { "\($0)" }
        let content = [
            state, "\(total) \(moved) \(in_flight) \(unplaced) \(lingering)", reason ?? "",
            "\(operation.updatedAt.microseconds)",
        ]
        version = Hexadecimal.encode(BLAKE2b.hash(Array(content.joined(separator: "\n").utf8), byteCount: 16).prefix(8))
    }

    static let schema = ResourceSchema(
        name: "Operation",
        fields: [
            .required("id", .identifier, "Of the operation."),
            .required("kind", .oneOf(OperationRecord.Kind.allCases.map(\.rawValue)), "What it does."),
            .required("state", .oneOf(OperationRecord.State.allCases.map(\.rawValue)), "How far it is."),
            .optional("node", .string, "The node that it empties."),
            .optional("region", .string, "That node's region."),
            .required("then_retire", .boolean, "Whether the node is retired at the end."),
            .required("linger_s", .integer, "How long the node keeps a moved peer."),
            .required("total", .integer, "Peers to move."),
            .required("moved", .integer, "Peers that have switched."),
            .required("in_flight", .integer, "Peers being installed on their new nodes."),
            .required("unplaced", .integer, "Peers that found no place at the last look."),
            .required("lingering", .integer, "Moved peers that the node still keeps."),
            .optional("reason", .string, "What it waits for, or why it ended."),
            .required("created_by", .string, "Who began it."),
            .required("created_at", .moment, "When."),
            .required("updated_at", .moment, "When it last changed its state."),
            .optional("ended_at", .moment, "When it was over."),
            .required("version", .string, "Changes with anything else: what `since` takes."),
        ]
    )
}

import Store

/// An entry of the audit log in JSON. Whose peer it was is left out: no operator needs it.
struct AuditResource: Encodable {
    let id: Int64
    let position: Int64?
    let at: String
    let actor: String
    let action: String
    let node: String?
    let from_node_id: String?
    let peer: String?
    let operation: String?
    let revision: Int64?
    let detail: String?
    /// JSON as text, since its form is the action's.
    let change: String?
    let undoes: Int64?
    let undone_by: Int64?

    init(_ entry: AuditRecord) {
        id = entry.id
        position = entry.position
        at = "\(entry.at)"
        actor = entry.actorName.map { "\(entry.actor) \($0)" } ?? entry.actor
        action = entry.action
        node = entry.nodeName ?? entry.nodeID.map { "\($0)" }
        from_node_id = entry.fromNodeID.map { "\($0)" }
        peer = entry.peerID.map { "\($0)" }
        operation = entry.operationID.map { "\($0)" }
        revision = entry.revision
        detail = entry.detail
        change = entry.change
        undoes = entry.undoes
        undone_by = entry.undoneBy
    }

    static let schema = ResourceSchema(
        name: "AuditEntry",
        fields: [
            .required("id", .integer, "What `rollback` takes."),
            .optional("position", .integer, "Its place in the chain; absent until it is sealed."),
            .required("at", .moment, "When."),
            .required("actor", .string, "Who asked: a kind, and an operator's name."),
            .required("action", .string, "What changed."),
            .optional("node", .string, "Where."),
            .optional("from_node_id", .identifier, "Where a peer was before."),
            .optional("peer", .identifier, "Which peer."),
            .optional("operation", .identifier, "As part of which operation."),
            .optional("revision", .integer, "The node's revision that it is."),
            .optional("detail", .string, "For people."),
            .optional("change", .string, "What a setting was and what it became, as JSON."),
            .optional("undoes", .integer, "The entry whose inverse it is."),
            .optional("undone_by", .integer, "The entry that has undone it."),
        ]
    )
}

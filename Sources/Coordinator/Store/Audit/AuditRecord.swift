import Database
import Model

/// An entry of the audit log as it is read.
public struct AuditRecord: Hashable, Sendable {
    public let id: Int64
    /// Its place in the chain; nil for one that is not sealed yet.
    public let position: Int64?
    public let at: Timestamp
    public let actor: String
    public let actorName: String?
    public let action: String
    public let nodeID: NodeID?
    public let nodeName: String?
    public let fromNodeID: NodeID?
    public let peerID: PeerID?
    public let operationID: OperationID?
    public let revision: Int64?
    public let detail: String?
    /// JSON.
    public let change: String?
    public let undoes: Int64?
    /// The entry that has undone this one.
    public let undoneBy: Int64?

    init(_ row: Row) throws(DatabaseError) {
        id = try row.int64("id")
        position = try row.optionalInt64("position")
        at = try row.moment("at")
        actor = try row.text("actor")
        actorName = try row.optionalText("actor_name")
        action = try row.text("action")
        nodeID = try row.optionalIdentifier("node_id")
        nodeName = try row.optionalText("node_name")
        fromNodeID = try row.optionalIdentifier("from_node_id")
        peerID = try row.optionalIdentifier("peer_id")
        operationID = try row.optionalIdentifier("operation_id")
        revision = try row.optionalInt64("revision")
        detail = try row.optionalText("detail")
        change = try row.optionalText("change")
        undoes = try row.optionalInt64("undoes")
        undoneBy = try row.optionalInt64("undone_by")
    }
}

/// What to read of the audit log; nil leaves a field open.
public struct AuditFilter: Hashable, Sendable {
    /// The node's name.
    public var node: String?
    public var peer: PeerID?
    public var action: String?
    /// A kind, such as `system`, or an operator's name.
    public var actor: String?
    public var since: Timestamp?
    public var until: Timestamp?
    /// Entries older than this one.
    public var before: Int64?

    public init() {}
}

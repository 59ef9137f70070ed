import Database
import Model

/// A node as an operator sees it.
public struct NodeRecord: Hashable, Sendable {
    public let id: NodeID
    public let name: String
    public let region: String
    public let endpoint: String
    public let capacity: Int
    public let peerCount: Int
    public let isCordoned: Bool
    /// Nil: never.
    public let heardAt: Timestamp?
    public let revision: Int64
    public let appliedRevision: Int64
    public let agentVersion: String?

    init(_ row: Row) throws(DatabaseError) {
        id = try row.identifier("id")
        name = try row.text("name")
        region = try row.text("region")
        endpoint = try row.text("endpoint")
        capacity = Int(try row.int32("capacity"))
        peerCount = Int(try row.int32("peer_count"))
        isCordoned = try row.bool("cordoned")
        heardAt = try row.optionalMoment("heard_at")
        revision = try row.int64("revision")
        appliedRevision = try row.int64("applied_revision")
        agentVersion = try row.optionalText("agent_version")
    }
}

import Database
import Model

/// Work on the fleet that takes a while, as an operator sees it.
public struct OperationRecord: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Every peer leaves a node that works.
        case drain
        /// Every peer of a lost node gets a place elsewhere.
        case replace
        /// Entries of the audit log are undone.
        case rollback
    }

    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Moves are under way. Leads to every other state.
        case running
        /// Some peers have no place to go to; it goes on by itself once there is room.
        case waiting
        /// Every peer has switched; the old node still keeps some for clients that have not noticed.
        case lingering
        /// Moves that have not switched yet are being withdrawn. Leads to `cancelled`.
        case cancelling
        case done
        case cancelled
        case failed

        public var isOpen: Bool {
            switch self {
            case .running, .waiting, .lingering, .cancelling: true
            case .done, .cancelled, .failed: false
            }
        }
    }

    public let id: OperationID
    public let kind: Kind
    public let state: State
    public let nodeID: NodeID?
    public let nodeName: String?
    public let region: String?
    /// Whether the node is retired at the end.
    public let thenRetire: Bool
    public let linger: Duration
    /// Peers that were there to move when it began, with those that came since.
    public let total: Int
    /// Peers that have switched.
    public let moved: Int
    /// Peers being installed on their new nodes now.
    public let inFlight: Int
    /// Peers without a place to go to, at the last look.
    public let unplaced: Int
    /// Peers that the old node keeps for a while.
    public let lingering: Int
    /// What it waits for, or why it ended.
    public let reason: String?
    public let createdBy: String
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
    public let endedAt: Timestamp?

    init(_ row: Row) throws(DatabaseError) {
        id = try row.identifier("id")
        kind = try row.named("kind")
        state = try row.named("state")
        nodeID = try row.optionalIdentifier("node_id")
        nodeName = try row.optionalText("node_name")
        region = try row.optionalText("region")
        thenRetire = try row.bool("then_retire")
        linger = .seconds(try row.int64("linger_s"))
        total = Int(try row.int32("total"))
        moved = Int(try row.int32("moved"))
        inFlight = Int(try row.int64("in_flight"))
        unplaced = Int(try row.int32("unplaced"))
        lingering = Int(try row.int64("lingering"))
        reason = try row.optionalText("reason")
        createdBy = try row.text("created_by")
        createdAt = try row.moment("created_at")
        updatedAt = try row.moment("updated_at")
        endedAt = try row.optionalMoment("ended_at")
    }
}

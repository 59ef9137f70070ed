import Database
import Model

/// A coordinated update of the agents' version, as an operator sees it.
public struct RolloutRecord: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Leads to every other state.
        case running
        /// A wave did not pass, or an operator stopped it. Leads to `running` and `rollingBack`.
        case halted
        /// The nodes are being told their earlier versions. Leads to `rolledBack`.
        case rollingBack = "rolling_back"
        case done
        case rolledBack = "rolled_back"
        /// Another rollout took its place.
        case replaced

        public var isOpen: Bool {
            switch self {
            case .running, .halted, .rollingBack: true
            case .done, .rolledBack, .replaced: false
            }
        }
    }

    public let id: RolloutID
    public let version: String
    public let state: State
    /// As the operator wrote them: `1`, `10%`, `100%`.
    public let waves: [String]
    /// The wave under way, from 0.
    public let wave: Int
    public let waveBeganAt: Timestamp
    public let reason: String?
    /// Nodes that were told the version, and those of them that are past it.
    public let toldCount: Int
    public let passedCount: Int
    /// Nodes that are not retired.
    public let nodeCount: Int
    public let createdBy: String
    public let createdAt: Timestamp
    public let endedAt: Timestamp?

    init(_ row: Row) throws(DatabaseError) {
        id = try row.identifier("id")
        version = try row.text("version")
        state = try row.named("state")
        waves = try row.textArray("waves")
        wave = Int(try row.int32("wave"))
        waveBeganAt = try row.moment("wave_began_at")
        reason = try row.optionalText("reason")
        toldCount = Int(try row.int64("told"))
        passedCount = Int(try row.int64("passed"))
        nodeCount = Int(try row.int64("nodes"))
        createdBy = try row.text("created_by")
        createdAt = try row.moment("created_at")
        endedAt = try row.optionalMoment("ended_at")
    }
}

/// A node in a rollout.
public struct RolloutNodeRecord: Hashable, Sendable {
    public let name: String
    public let wave: Int
    public let previousVersion: String?
    public let version: String?
    public let toldAt: Timestamp?
    public let passedAt: Timestamp?

    init(_ row: Row) throws(DatabaseError) {
        name = try row.text("name")
        wave = Int(try row.int32("wave"))
        previousVersion = try row.optionalText("previous_version")
        version = try row.optionalText("agent_version")
        toldAt = try row.optionalMoment("told_at")
        passedAt = try row.optionalMoment("passed_at")
    }
}

/// Why a rollout was not begun or not changed. Nothing was written.
public enum RolloutRefusal: Error, Hashable, Sendable {
    case unknown
    /// There is one under way already, for another version or in other waves.
    case anotherIsOpen(RolloutID, version: String)
    /// What was asked for does not apply to a rollout in this state.
    case notWhile(RolloutRecord.State)
}

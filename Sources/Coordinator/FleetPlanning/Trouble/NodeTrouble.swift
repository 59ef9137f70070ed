import Model

/// Why a node cannot do its work, and what of that the audit log says already.
public struct NodeTrouble: Hashable, Sendable {
    public struct Reason: Hashable, Sendable {
        /// One of a closed set, such as `exit-policy`.
        public let name: String
        /// One line for operators; it may change while the reason stays.
        public let detail: String

        public init(name: String, detail: String) {
            self.name = name
            self.detail = detail
        }
    }

    /// The last entry of the audit log about the node's reasons.
    public struct Told: Hashable, Sendable {
        public let reasons: [String]
        /// How many changes of the reasons there had been.
        public let changes: Int64
        /// As of `at`; it fades since then.
        public let penalty: Int
        public let at: Timestamp

        public init(reasons: [String], changes: Int64, penalty: Int, at: Timestamp) {
            self.reasons = reasons
            self.changes = changes
            self.penalty = penalty
            self.at = at
        }
    }

    /// None: the node does its work.
    public let reasons: [Reason]
    /// Since when it has had one; nil without any.
    public let since: Timestamp?
    /// How many times the reasons changed since the node enrolled.
    public let changes: Int64
    public let told: Told

    public init(reasons: [Reason], since: Timestamp?, changes: Int64, told: Told) {
        self.reasons = reasons
        self.since = since
        self.changes = changes
        self.told = told
    }

    /// Of a node that has never had any.
    public static func none(at moment: Timestamp) -> NodeTrouble {
        NodeTrouble(reasons: [], since: nil, changes: 0, told: Told(reasons: [], changes: 0, penalty: 0, at: moment))
    }

    /// Whether it has lasted for `limit`.
    public func hasLasted(_ limit: Duration, now: Timestamp) -> Bool {
        since.map { now - $0 >= limit } ?? false
    }
}

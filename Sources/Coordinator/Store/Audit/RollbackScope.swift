import Model

/// What of the audit log is to be undone.
public enum RollbackScope: Hashable, Sendable {
    case entry(Int64)
    /// What was placed on the node and set of it in a span of time; nil: until now.
    case node(named: String, since: Timestamp, until: Timestamp?)
}

/// What became of one step of a rollback.
public enum RollbackOutcome: Hashable, Sendable {
    /// With the nodes that have something to be sent.
    case done([NodeID])
    /// What the plan built on has changed meanwhile.
    case overtaken
}

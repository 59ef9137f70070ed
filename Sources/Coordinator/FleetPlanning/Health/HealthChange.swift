import Model

/// A node's next state. The writer records it with `now` as the time of both the health and the penalty.
public struct HealthChange: Hashable, Sendable {
    public let node: NodeID
    public let from: NodeHealth
    public let to: NodeHealth
    /// Faded to now, and grown by this change.
    public let flapPenalty: Int
    /// For people.
    public let reason: String
}

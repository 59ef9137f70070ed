/// How long a node may take for a version, and how long a wave is watched before the next one.
public struct RolloutPolicy: Hashable, Sendable {
    /// From being told to having passed.
    public let timeout: Duration
    /// From the last node's passing to the next wave; every node of the wave must be in order at its end.
    public let soak: Duration
    /// From how many recently active peers on a drop to below half counts: of fewer, half may simply be asleep.
    public let activeFloor: Int
    /// For how long a node may be closed by a condition that it did not have before: an agent that has just started may
    /// find something that it puts right.
    public let conditionLimit: Duration

    public init(
        timeout: Duration = .seconds(900),
        soak: Duration = .seconds(60),
        activeFloor: Int = 10,
        conditionLimit: Duration = .seconds(30)
    ) {
        precondition(timeout > .zero && soak >= .zero && activeFloor > 0 && conditionLimit >= .zero)
        self.timeout = timeout
        self.soak = soak
        self.activeFloor = activeFloor
        self.conditionLimit = conditionLimit
    }
}

import Model

/// What a rollout does next. Reasons are for people.
public enum RolloutStep: Hashable, Sendable {
    /// These nodes get the version now.
    case tell([NodeID])
    case wait(reason: String)
    case passWave(next: Int)
    case halt(reason: String)
    case done
}

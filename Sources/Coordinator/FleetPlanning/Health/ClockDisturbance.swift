/// Why what was measured by the wall clock before this tick cannot be trusted.
public enum ClockDisturbance: Hashable, Sendable {
    /// The wall clock was set: forward, or back when negative.
    case jumped(Duration)
    /// Nobody looked for this long: the machine slept, or the process was stopped. Silence was not observed.
    case paused(Duration)
}

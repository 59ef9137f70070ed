import Model

/// Compares the wall clock with a monotonic one at each tick, so that a clock that is set makes nobody lost.
public struct ClockWatch: Hashable, Sendable {
    /// The difference between two ticks from which on the clock was set, and not merely slewed.
    public let tolerance: Duration
    /// The distance of two ticks from which on nobody was watching.
    public let longestPause: Duration
    private var last: Tick?

    private struct Tick: Hashable {
        let wall: Timestamp
        let monotonic: Duration
    }

    public init(tolerance: Duration = .seconds(5), longestPause: Duration = .seconds(30)) {
        self.tolerance = tolerance
        self.longestPause = longestPause
    }

    /// The first tick belongs where watching begins, with the lease: it has nothing before it to compare with.
    ///
    /// - Parameter monotonic: time since any fixed moment, by a clock that is never set.
    /// - Returns: what happened since the tick before; `watchingSince` is then to begin again at `wall`.
    public mutating func tick(wall: Timestamp, monotonic: Duration) -> ClockDisturbance? {
        defer { last = Tick(wall: wall, monotonic: monotonic) }
        guard let last else { return nil }
        let passed = monotonic - last.monotonic
        let jump = (wall - last.wall) - passed
        if jump > tolerance || jump < .zero - tolerance { return .jumped(jump) }
        return passed > longestPause ? .paused(passed) : nil
    }
}

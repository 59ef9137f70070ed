/// How often the other side may do something: so many at once, and one more after each pause (the generic cell rate
/// algorithm, ITU-T I.371, annex A). A value, for one side of one link.
struct Allowance: Hashable, Sendable {
    private let burst: Int
    /// When the whole allowance is back.
    private var wholeAt: ContinuousClock.Instant?

    init(burst: Int) {
        self.burst = burst
    }

    /// - Returns: whether it may happen; if not, nothing is counted.
    mutating func take(pause: Duration, now: ContinuousClock.Instant) -> Bool {
        let begin = max(wholeAt ?? now, now)
        guard begin + pause <= now + pause * burst else { return false }
        wholeAt = begin + pause
        return true
    }
}

import Synchronization

/// How often something may happen for each key: so many at once, and one more after each pause. In memory only.
///
/// The generic cell rate algorithm (ITU-T I.371, annex A): for each key the moment at which its whole allowance is back.
/// A key whose moment has passed is as good as unknown, so that memory is bounded by what happens at all.
public final class RateLimiter<Key: Hashable & Sendable>: Sendable {
    private let burst: Int
    private let pause: Duration
    private let keysMax: Int
    private let whole = Mutex<[Key: ContinuousClock.Instant]>([:])

    /// - Parameters:
    ///   - burst: how many at once.
    ///   - pause: after how long there is one more.
    ///   - keysMax: should more keys be busy at once, all begin anew: a flood from everywhere is no single key's fault.
    public init(burst: Int, pause: Duration, keysMax: Int = 100_000) {
        precondition(burst > 0 && pause > .zero && keysMax > 0)
        self.burst = burst
        self.pause = pause
        self.keysMax = keysMax
    }

    /// Counts one.
    ///
    /// - Returns: nil when it may happen, or else how long to wait; then nothing was counted.
    public func take(_ key: Key, now: ContinuousClock.Instant = .now) -> Duration? {
        whole.withLock { whole in
            let begin = max(whole[key] ?? now, now)
            let tooSoon = begin + pause - (now + pause * burst)
            guard tooSoon <= .zero else { return tooSoon }
            if whole.count >= keysMax, whole[key] == nil {
                whole = whole.filter { $0.value > now }
                if whole.count >= keysMax { whole.removeAll() }
            }
            whole[key] = begin + pause
            return nil
        }
    }

    /// One that was counted did not happen.
    public func giveBack(_ key: Key) {
        whole.withLock { whole in whole[key] = whole[key].map { $0 - pause } }
    }

    /// How long one would have to wait, without counting.
    public func wait(for key: Key, now: ContinuousClock.Instant = .now) -> Duration? {
        whole.withLock { whole in
            let tooSoon = max(whole[key] ?? now, now) + pause - (now + pause * burst)
            return tooSoon > .zero ? tooSoon : nil
        }
    }

    public var count: Int { whole.withLock(\.count) }
}

extension ContinuousClock.Instant {
    fileprivate static func - (left: Self, right: Self) -> Duration { right.duration(to: left) }
}

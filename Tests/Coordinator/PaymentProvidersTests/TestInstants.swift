import Synchronization

/// A monotonic clock that stands still until it is set forward.
final class TestInstants: Sendable {
    private let value = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { value.withLock { $0 } }

    func pass(_ time: Duration) {
        value.withLock { $0 = $0.advanced(by: time) }
    }
}

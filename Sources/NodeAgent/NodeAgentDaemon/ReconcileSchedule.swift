import CoordinatorLink

/// When the kernel is compared with the table next.
struct ReconcileSchedule: Hashable {
    /// Events come in swarms, and the comparison causes some itself: it runs this often at most.
    private static let pause = Duration.milliseconds(100)

    private let interval: Duration
    private(set) var deadline: Duration
    private var last: Duration?
    private var backoff = Backoff(first: .milliseconds(250), cap: .seconds(30))

    /// The first comparison is due at once.
    init(interval: Duration, now: Duration) {
        self.interval = interval
        deadline = now
    }

    func isDue(at now: Duration) -> Bool { now >= deadline }

    mutating func succeeded(at now: Duration) {
        backoff.reset()
        last = now
        deadline = now + interval
    }

    /// - Parameter random: 0..<1.
    mutating func failed(at now: Duration, random: Double) {
        last = now
        deadline = now + max(Self.pause, backoff.next(random: random))
    }

    mutating func interfaceChanged(at now: Duration) {
        deadline = min(deadline, max(now, last.map { $0 + Self.pause } ?? now))
    }
}

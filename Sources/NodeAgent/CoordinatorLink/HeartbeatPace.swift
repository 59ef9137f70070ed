/// When to send the next heartbeat, and when the silence of the other side means that it is gone.
struct HeartbeatPace: Hashable, Sendable {
    private(set) var interval: Duration
    private var due: Duration
    /// When the first heartbeat was sent that nothing answered yet.
    private var unansweredSince: Duration?
    private var lastSent: Duration?
    /// Between two beats when there is news: what flaps is told ever more seldom, up to the ordinary pace.
    private var hurriedGap = firstHurriedGap
    private var isHurried = false
    private static let firstHurriedGap = Duration.seconds(1)

    /// Before any welcome: never due.
    init() {
        interval = .seconds(30)
        due = .seconds(Int64.max / 4)
    }

    /// The first beat goes out at once: it tells the coordinator how the node fares.
    init(interval: Duration, at now: Duration) {
        self.interval = Self.bounded(interval)
        due = now
    }

    /// No beats: one answer is waited for, as long as one to a beat.
    init(awaitingAnswerSince now: Duration, interval: Duration) {
        self.interval = Self.bounded(interval)
        due = now + self.interval * 2
        unansweredSince = now
    }

    /// A coordinator that asks for a beat every millisecond, or none for a week, is not obeyed.
    private static func bounded(_ interval: Duration) -> Duration {
        min(max(interval, .milliseconds(100)), .seconds(600))
    }

    var deadline: Duration { min(due, unansweredSince.map { $0 + interval * 2 } ?? due) }

    func isDue(at now: Duration) -> Bool { now >= due }

    func isUnanswered(at now: Duration) -> Bool { unansweredSince.map { now >= $0 + interval * 2 } ?? false }

    /// There is news: the next beat is due now, or a pause after the last.
    mutating func hurry(at now: Duration) {
        let soonest = max(now, lastSent.map { $0 + hurriedGap } ?? now)
        due = min(due, soonest)
        isHurried = true
    }

    /// - Parameter random: 0..<1; spreads the beats of a fleet by a tenth of the interval to either side.
    mutating func sent(at now: Duration, random: Double) {
        hurriedGap = isHurried ? min(hurriedGap * 2, interval) : Self.firstHurriedGap
        isHurried = false
        lastSent = now
        due = now + interval * (0.9 + 0.2 * random)
        if unansweredSince == nil { unansweredSince = now }
    }

    mutating func answered(interval: Duration, at now: Duration) {
        let changed = Self.bounded(interval)
        due = min(due, now + changed)
        self.interval = changed
        unansweredSince = nil
    }
}

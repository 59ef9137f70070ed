import Model

/// Which refusals are written to the audit log: the first of an operator at a route, and then how many more there were
/// within the minute. Whoever is refused all the time must not fill the log. Pure.
struct RefusalThrottle: Sendable {
    struct Refusal: Hashable, Sendable {
        let name: OperatorName
        let route: String
        let reason: String
    }

    /// An entry to write.
    struct Entry: Hashable, Sendable {
        let refusal: Refusal
        /// How many it stands for besides one that is written already; 0 for the first.
        let more: Int

        var reason: String {
            switch more {
            case 0: refusal.reason
            case 1: "\(refusal.reason); once more within a minute"
            default: "\(refusal.reason); \(more) times more within a minute"
            }
        }
    }

    static let window: Duration = .seconds(60)

    private var open: [Refusal: (since: ContinuousClock.Instant, more: Int)] = [:]

    mutating func note(_ refusal: Refusal, now: ContinuousClock.Instant) -> [Entry] {
        let before = close(dueAt: now)
        guard open[refusal] == nil else {
            open[refusal]?.more += 1
            return before
        }
        open[refusal] = (now, 0)
        return before + [Entry(refusal: refusal, more: 0)]
    }

    /// What is to be written of the windows that are over; nil for all.
    mutating func close(dueAt now: ContinuousClock.Instant?) -> [Entry] {
        let over = open.filter { _, window in now.map { $0 - window.since >= Self.window } ?? true }
        for refusal in over.keys { open[refusal] = nil }
        return over.filter { $0.value.more > 0 }
            .map { Entry(refusal: $0.key, more: $0.value.more) }
            .sorted { ($0.refusal.name, $0.refusal.route) < ($1.refusal.name, $1.refusal.route) }
    }
}

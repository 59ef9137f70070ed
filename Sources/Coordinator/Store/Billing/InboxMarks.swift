import Billing
import Database
import Model

/// What is written into the rows of events that were looked at. The rows are locked.
struct InboxMarks {
    /// From then on an event that fails again and again no longer holds up its subscription.
    private static let attemptsInPlaceMax = 5

    private var done: [InboxEntry] = []
    /// Nil for no reason to park them.
    private var reasons: [String?] = []
    private var delayed: [InboxEntry] = []
    private var keepsPlace: [Bool] = []
    private var untried: [InboxEntry] = []

    mutating func note(_ entry: InboxEntry, _ verdict: Settlement.Verdict, _ outcome: InboxOutcome?) {
        switch (verdict, outcome) {
        case (.effect, .appliedAndParked(_, let binding)): settle(entry, "\(binding)")
        case (.effect, _), (.nothing, _): settle(entry, nil)
        case (.parked(let reason), _): settle(entry, reason)
        case (.postponed(let keeps), _):
            delayed.append(entry)
            keepsPlace.append(keeps && entry.attempts < Self.attemptsInPlaceMax)
        case (.untried, _): untried.append(entry)
        }
    }

    private mutating func settle(_ entry: InboxEntry, _ reason: String?) {
        done.append(entry)
        reasons.append(reason)
    }

    /// - Parameter jitter: by how much of itself a pause is shortened, so that what failed together does not come
    ///   together again.
    func write(now: Timestamp, jitter: Double = .random(in: 0...0.25), in transaction: Transaction) {
        if let provider = done.first?.provider {
            transaction.enqueue(
                Self.settle,
                .text(provider.rawValue),
                .textArray(done.map(\.eventID)),
                .textArray(reasons),
                .timestamp(now.microseconds)
            )
        }
        if let provider = delayed.first?.provider {
            transaction.enqueue(
                Self.delay,
                .text(provider.rawValue),
                .textArray(delayed.map(\.eventID)),
                .boolArray(keepsPlace),
                .timestamp(now.microseconds),
                .double(1 - jitter)
            )
        }
        if let provider = untried.first?.provider {
            transaction.enqueue(
                Self.giveBack,
                .text(provider.rawValue),
                .textArray(untried.map(\.eventID)),
                .timestamp(now.microseconds)
            )
        }
    }

    private static let settle: Statement = """
        UPDATE webhook_inbox w SET held_until = NULL, parked_reason = e.reason,
            done_at = CASE WHEN e.reason IS NULL THEN $4::timestamptz END
        FROM unnest($2::text[], $3::text[]) AS e (id, reason) WHERE w.provider = $1 AND w.event_id = e.id
        """

    private static let delay: Statement = """
        UPDATE webhook_inbox w SET next_attempt_at = p.until, held_until = CASE WHEN p.keeps THEN p.until END
        FROM (SELECT o.event_id, e.keeps,
                $4 + make_interval(secs => $5 * least(3600, 5 * power(2, least(o.attempts - 1, 20)))) AS until
            FROM webhook_inbox o JOIN unnest($2::text[], $3::boolean[]) AS e (id, keeps) ON o.event_id = e.id
            WHERE o.provider = $1) AS p
        WHERE w.provider = $1 AND w.event_id = p.event_id
        """

    private static let giveBack: Statement = """
        UPDATE webhook_inbox SET attempts = greatest(0, attempts - 1), next_attempt_at = $3, held_until = NULL
        WHERE provider = $1 AND event_id = ANY ($2)
        """
}

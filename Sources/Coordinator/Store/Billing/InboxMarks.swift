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
        if !done.isEmpty {
            transaction.enqueue(
                Self.settle,
                .textArray(done.map(\.provider.rawValue)),
                .textArray(done.map(\.eventID)),
                .textArray(reasons),
                .timestamp(now.microseconds)
            )
        }
        if !delayed.isEmpty {
            transaction.enqueue(
                Self.delay,
                .textArray(delayed.map(\.provider.rawValue)),
                .textArray(delayed.map(\.eventID)),
                .boolArray(keepsPlace),
                .timestamp(now.microseconds),
                .double(1 - jitter)
            )
        }
        if !untried.isEmpty {
            transaction.enqueue(
                Self.giveBack,
                .textArray(untried.map(\.provider.rawValue)),
                .textArray(untried.map(\.eventID)),
                .timestamp(now.microseconds)
            )
        }
    }

    private static let settle: Statement = """
        UPDATE webhook_inbox w SET held_until = NULL, parked_reason = e.reason,
            done_at = CASE WHEN e.reason IS NULL THEN $4::timestamptz END
        FROM unnest($1::text[], $2::text[], $3::text[]) AS e (provider, id, reason)
        WHERE w.provider = e.provider AND w.event_id = e.id
        """

    private static let delay: Statement = """
        UPDATE webhook_inbox w SET (next_attempt_at, held_until) = (
            SELECT until, CASE WHEN e.keeps THEN until END FROM (
                VALUES ($4 + make_interval(secs => $5 * least(3600, 5 * power(2, least(w.attempts - 1, 20)))))
            ) AS pause (until))
        FROM unnest($1::text[], $2::text[], $3::boolean[]) AS e (provider, id, keeps)
        WHERE w.provider = e.provider AND w.event_id = e.id
        """

    private static let giveBack: Statement = """
        UPDATE webhook_inbox w SET attempts = greatest(0, w.attempts - 1), next_attempt_at = $3, held_until = NULL
        FROM unnest($1::text[], $2::text[]) AS e (provider, id) WHERE w.provider = e.provider AND w.event_id = e.id
        """
}

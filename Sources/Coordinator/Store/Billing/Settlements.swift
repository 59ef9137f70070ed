import Billing
import Database
import Model

extension Store {
    /// Carries out what events come to, and marks them, by a transaction for all of them.
    ///
    /// - Parameter settlements: all of one store's events.
    /// - Returns: an outcome for each, in order.
    /// - Throws: `DatabaseError` when nobody can be served now. An error that one settlement causes costs the others
    ///   nothing.
    public func settleWebhooks(
        _ settlements: [Settlement],
        policy: BillingPolicy,
        now: Timestamp
    ) async throws -> [SettlementOutcome] {
        // What takes another's place writes a subscription that is not its own.
        let alone = settlements.indices.filter { settlements[$0].effects.contains { $0.supersedes != nil } }
        let together = settlements.indices.filter { !alone.contains($0) }
        var outcomes: [Int: SettlementOutcome] = [:]
        let shared = try await settle(together.map { settlements[$0] }, policy: policy, now: now)
        for (index, outcome) in zip(together, shared) { outcomes[index] = outcome }
        for index in alone {
            outcomes[index] = try await settle([settlements[index]], policy: policy, now: now)[0]
        }
        peersDue.wake()
        return settlements.indices.compactMap { outcomes[$0] }
    }

    private func settle(
        _ settlements: [Settlement],
        policy: BillingPolicy,
        now: Timestamp
    ) async throws -> [SettlementOutcome] {
        guard !settlements.isEmpty else { return [] }
        do {
            return try await pool.transaction { transaction in
                try Self.settle(settlements, policy: policy, now: now, in: transaction)
            }
        } catch let error as DatabaseError {
            switch error {
            case .unavailable, .cancelled, .commitUnknown, .serializationFailure, .connectionString: throw error
            default: break
            }
            guard settlements.count > 1 else { return [.refused(error)] }
            var outcomes: [SettlementOutcome] = []
            for settlement in settlements { outcomes += try await settle([settlement], policy: policy, now: now) }
            return outcomes
        }
    }

    private static func settle(
        _ settlements: [Settlement],
        policy: BillingPolicy,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> [SettlementOutcome] {
        try lock(settlements.flatMap(\.effects), in: transaction)
        transaction.planForNow(true)
        let held = try lockHeld(settlements.flatMap { $0.events.map(\.entry) }, in: transaction)
        var marks = InboxMarks()
        var outcomes: [SettlementOutcome?] = []
        for settlement in settlements {
            let isBehind = try putBehind(settlement, held, now: now, in: transaction)
            outcomes.append(isBehind ? .behind : nil)
        }
        transaction.planForNow(false)
        let candidates = settlements.indices.filter { outcomes[$0] == nil }
        let own = candidates.map { settlements[$0].events.filter { held.contains($0.entry.eventID) } }
        let carried = try carryOut(own.map { Settlement($0).effects }, policy: policy, now: now, in: transaction)
        for (index, result) in zip(candidates, carried) {
            guard let result else {
                outcomes[index] = .overtaken
                continue
            }
            var results = result[...]
            outcomes[index] = .settled(
                settlements[index].events.map { entry, verdict in
                    guard held.contains(entry.eventID) else { return .settledBefore }
                    guard case .effect = verdict else {
                        marks.note(entry, verdict, nil)
                        return nil
                    }
                    let outcome = results.popFirst()
                    marks.note(entry, verdict, outcome)
                    return outcome
                }
            )
        }
        transaction.planForNow(true)
        marks.write(now: now, in: transaction)
        return outcomes.compactMap(\.self)
    }

    /// The ids of those that their worker still holds; their rows are locked.
    private static func lockHeld(
        _ entries: [InboxEntry],
        in transaction: Transaction
    ) throws(DatabaseError) -> Set<String> {
        let rows = try transaction.query(
            lockEvents,
            .textArray(entries.map(\.provider.rawValue)),
            .textArray(entries.map(\.eventID)),
            .int64Array(entries.map { Int64($0.attempts) })
        )
        var held: Set<String> = []
        for row in rows where try row.bool("is_held") { held.insert(try row.text("event_id")) }
        return held
    }

    /// Found by their key, however many others wait: that they wait is no condition.
    private static let lockEvents: Statement = """
        SELECT w.event_id,
            w.done_at IS NULL AND w.parked_reason IS NULL AND w.attempts = e.attempts AS is_held
        FROM webhook_inbox w JOIN unnest($1::text[], $2::text[], $3::bigint[]) AS e (provider, id, attempts)
            ON w.provider = e.provider AND w.event_id = e.id
        ORDER BY w.event_id FOR UPDATE OF w
        """

    /// Whether an event that did not name its subscription has to wait for an older one of it. It says whose it is from
    /// then on, so that it is taken in its place.
    private static func putBehind(
        _ settlement: Settlement,
        _ held: Set<String>,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> Bool {
        guard settlement.events.count == 1, case .effect(let effect) = settlement.events[0].verdict else {
            return false
        }
        let entry = settlement.events[0].entry
        guard entry.storeReference != effect.reference.text, held.contains(entry.eventID) else { return false }
        let moved = try transaction.execute(
            putBehind,
            .text(entry.provider.rawValue),
            .text(entry.eventID),
            .text(effect.reference.text),
            .timestamp(now.microseconds),
            .timestamp(entry.receivedAt.microseconds)
        )
        return moved > 0
    }

    private static let putBehind: Statement = """
        UPDATE webhook_inbox SET store_reference = $3, next_attempt_at = $4, held_until = NULL
        WHERE provider = $1 AND event_id = $2 AND EXISTS (
            SELECT FROM webhook_inbox o WHERE o.provider = $1 AND o.store_reference = $3 AND o.held_until > $4
                AND o.done_at IS NULL AND o.parked_reason IS NULL AND (o.received_at, o.event_id) < ($5, $2))
        """
}

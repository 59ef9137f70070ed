import Billing
import Database
import Model

extension Store {
    /// Carries out what a store said when it was asked: as an event's effect, for which there was no event.
    public func apply(_ effect: InboxEffect, policy: BillingPolicy, now: Timestamp) async throws -> InboxOutcome {
        let outcome: InboxOutcome = try await pool.transaction { transaction in
            try Self.lock([effect], in: transaction)
            return try Self.carryOut([[effect]], policy: policy, now: now, in: transaction)[0]?[0] ?? .overtaken
        }
        peersDue.wake()
        return outcome
    }

    static func lock(_ effects: [InboxEffect], in transaction: Transaction) throws(DatabaseError) {
        try lock(effects.flatMap { [$0.reference, $0.supersedes].compactMap(\.self) }, in: transaction)
    }

    /// Moves entitlements, and what hangs on them. The effects' locks are held.
    ///
    /// - Parameter groups: an effect that supersedes is in a group that comes alone: it writes a subscription of others.
    /// - Returns: for each group the outcomes of its effects; nil, and nothing was done, for one that was overtaken.
    static func carryOut(
        _ groups: [[InboxEffect]],
        policy: BillingPolicy,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> [[InboxOutcome]?] {
        let facts = try facts(for: Array(groups.joined()), now: now, in: transaction)
        var book = EffectBook(facts: facts, policy: policy, now: now)
        var decided: [[EffectBook.Decision]?] = []
        for (number, effects) in groups.enumerated() { decided.append(book.enter(effects, author: number)) }
        let records = try write(book.pages, now: now, in: transaction)
        var outcomes: [[InboxOutcome]?] = []
        for (effects, decisions) in zip(groups, decided) {
            guard let decisions else {
                outcomes.append(nil)
                continue
            }
            var own: [InboxOutcome] = []
            for (effect, decision) in zip(effects, decisions) {
                let record = records[effect.reference] ?? facts.found[effect.reference]
                own.append(try follow(decision, record, now: now, in: transaction))
            }
            outcomes.append(own)
        }
        return outcomes
    }

    private static func facts(
        for effects: [InboxEffect],
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> EffectBook.Facts {
        let references = effects.map(\.reference) + effects.compactMap(\.supersedes)
        let found = try subscriptions(Set(references), in: transaction)
        var facts = EffectBook.Facts(found: found)
        for reference in effects.compactMap(\.supersedes) {
            facts.tiersBefore[reference] = found[reference]?.entitlement.tier
        }
        // Those that get a place here and have none yet count for the ones behind them.
        var newcomers: Set<StoreReference> = []
        for effect in effects {
            guard let terms = effect.testTerms else { continue }
            let before = found[effect.reference]
            let hasRoom = try isRoomForTestPurchase(
                before?.id,
                effect.reference.environment,
                terms,
                besides: newcomers.subtracting([effect.reference]).count,
                now: now,
                in: transaction
            )
            if !hasRoom {
                facts.beyondRoom.insert(effect.reference)
            } else if before?.entitlement.hasAccess(at: now) != true {
                newcomers.insert(effect.reference)
            }
        }
        return facts
    }

    /// What hangs on an entitlement that was written.
    private static func follow(
        _ decision: EffectBook.Decision,
        _ record: SubscriptionRecord?,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> InboxOutcome {
        let id = record?.id ?? .random()
        switch decision {
        case .ignored: return .applied(id)
        case .parked(let problem): return .appliedAndParked(id, .products(problem, isServed: false))
        case .entered(let effect, let problem, let isServed):
            guard let record else { return .applied(id) }
            try supersede(effect, by: record, now: now, in: transaction)
            // Where nobody can say what was paid for, a purchase that waits to be acknowledged waits on.
            if problem == nil { noteAcknowledgement(effect, of: id, now: now, in: transaction) }
            if let claimHash = effect.claimHash {
                let owner = try successor(of: id, in: transaction)
                let binding = try bind(owner, toOrderOf: claimHash, in: transaction)
                switch binding {
                case .bound, .boundBefore: break
                case .unknownOrder, .boundElsewhere: return .appliedAndParked(id, .order(binding))
                }
            }
            return problem.map { .appliedAndParked(id, .products($0, isServed: isServed)) } ?? .applied(id)
        }
    }

    /// By one round trip, however many they are.
    private static func write(
        _ pages: [StoreReference: EffectBook.Page],
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> [StoreReference: SubscriptionRecord] {
        // In one order, so that two who write the same rows cannot wait for each other.
        let pages = pages.sorted { $0.key.text < $1.key.text }
        let saved = try transaction.executeAll(
            pages.map { reference, page in
                saving(page.entitlement, reference, id: page.before?.id ?? .random(), now: now)
            }
        )
        var records: [StoreReference: SubscriptionRecord] = [:]
        var entries: [AuditEntry] = []
        for ((reference, page), rows) in zip(pages, saved) {
            let record = try SubscriptionRecord(rows[0])
            records[reference] = record
            entries += page.changes.map { change in
                AuditEntry(
                    at: now,
                    actor: .store,
                    action: .entitlementChanged,
                    subscriptionID: record.id,
                    detail: change
                )
            }
        }
        transaction.audit(entries)
        return records
    }
}

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
        let found = try subscriptions(Set(groups.joined().map(\.reference)), in: transaction)
        var book = EffectBook(found: found, policy: policy, now: now)
        var accepted: [Bool] = []
        for (number, effects) in groups.enumerated() { accepted.append(book.enter(effects, author: number)) }
        let records = try write(book.pages, now: now, in: transaction)
        var outcomes: [[InboxOutcome]?] = []
        for (effects, isAccepted) in zip(groups, accepted) {
            guard isAccepted else {
                outcomes.append(nil)
                continue
            }
            var own: [InboxOutcome] = []
            for effect in effects {
                guard let record = records[effect.reference] else { continue }
                own.append(try follow(effect, record, now: now, in: transaction))
            }
            outcomes.append(own)
        }
        return outcomes
    }

    /// What hangs on an entitlement that was written.
    private static func follow(
        _ effect: InboxEffect,
        _ record: SubscriptionRecord,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> InboxOutcome {
        try supersede(effect, by: record, now: now, in: transaction)
        noteAcknowledgement(effect, of: record.id, now: now, in: transaction)
        guard let claimHash = effect.claimHash else { return .applied(record.id) }
        let owner = try successor(of: record.id, in: transaction)
        let binding = try bind(owner, toOrderOf: claimHash, in: transaction)
        switch binding {
        case .bound, .boundBefore: return .applied(record.id)
        case .unknownOrder, .boundElsewhere: return .appliedAndParked(record.id, binding)
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

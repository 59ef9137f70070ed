import Billing
import Database
import Model

extension Store {
    /// Carries out what a store said when it was asked: as an event's effect, for which there was no event.
    public func apply(_ effect: InboxEffect, policy: BillingPolicy, now: Timestamp) async throws -> InboxOutcome {
        let id = SubscriptionID.random()
        let outcome: InboxOutcome = try await pool.transaction { transaction in
            try Self.lock(effect, in: transaction)
            return try Self.carryOut(effect, id: id, policy: policy, now: now, in: transaction)
        }
        peersDue.wake()
        return outcome
    }

    static func lock(_ effect: InboxEffect, in transaction: Transaction) throws(DatabaseError) {
        try lock([effect.reference, effect.supersedes].compactMap(\.self), in: transaction)
    }

    /// Moves the entitlement, and what hangs on it. The effect's locks are held; `id` serves when the subscription is new.
    static func carryOut(
        _ effect: InboxEffect,
        id: SubscriptionID,
        policy: BillingPolicy,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> InboxOutcome {
        let before = try subscription(effect.reference, in: transaction)
        guard isUnchanged(before, since: effect.seen) else { return .overtaken }
        // One too many: nothing is written, so that it is judged anew when it comes again.
        if let terms = effect.testTerms,
            try !isRoomForTestPurchase(before?.id, effect.reference.environment, terms, now: now, in: transaction)
        {
            return .applied(id)
        }
        var (effect, tier) = (effect, before?.entitlement.tier)
        let problem = effect.blockingProblem
        if tier == nil, problem != nil { tier = try tierBefore(effect, in: transaction) }
        if tier == nil {
            if let problem, effect.claimHash == nil {
                return .appliedAndParked(before?.id ?? id, .products(problem, isServed: false))
            }
            // Nothing that is served here was bought.
            if before == nil, problem == nil, effect.servesNothing { return .applied(id) }
            // Its order must not be lost over a product that nobody configured yet.
            if problem != nil { effect = effect.makingKnown() }
        }
        let record = try write(effect, over: before, tier: tier, id: id, policy: policy, now: now, in: transaction)
        try supersede(effect, by: record, now: now, in: transaction)
        // Where nobody can say what was paid for, a purchase that waits to be acknowledged waits on.
        if problem == nil { noteAcknowledgement(effect, of: record.id, now: now, in: transaction) }
        if let claimHash = effect.claimHash {
            let owner = try successor(of: record.id, in: transaction)
            let binding = try bind(owner, toOrderOf: claimHash, in: transaction)
            switch binding {
            case .bound, .boundBefore: break
            case .unknownOrder, .boundElsewhere: return .appliedAndParked(record.id, .order(binding))
            }
        }
        return problem.map { .appliedAndParked(record.id, .products($0, isServed: tier != nil)) } ?? .applied(record.id)
    }

    /// The tier of the subscription whose place this one takes.
    private static func tierBefore(
        _ effect: InboxEffect,
        in transaction: Transaction
    ) throws(DatabaseError) -> TierName? {
        guard let reference = effect.supersedes else { return nil }
        return try subscription(reference, in: transaction)?.entitlement.tier
    }

    /// - Parameter tier: what goes on where the effect names none.
    private static func write(
        _ effect: InboxEffect,
        over before: SubscriptionRecord?,
        tier: TierName?,
        id: SubscriptionID,
        policy: BillingPolicy,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> SubscriptionRecord {
        let empty = Entitlement(provider: effect.reference.provider, environment: effect.reference.environment)
        var start = before?.entitlement ?? empty
        start.tier = start.tier ?? tier
        var entitlement = effect.events.reduce(start) { entitlement, event in
            entitlement.applying(event, now: now, policy: policy)
        }
        if let terms = effect.testTerms { entitlement = entitlement.limited(by: terms, now: now) }
        let after = try save(entitlement, effect.reference, id: before?.id ?? id, now: now, in: transaction)
        if before?.entitlement != entitlement {
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: .store,
                    action: .entitlementChanged,
                    subscriptionID: after.id,
                    detail: "\(before?.entitlement.state.rawValue ?? "none") to \(entitlement.state.rawValue)"
                )
            )
        }
        return after
    }

    private static func isUnchanged(_ record: SubscriptionRecord?, since seen: InboxEffect.Seen) -> Bool {
        switch seen {
        case .irrelevant: true
        case .absent: record == nil
        case .version(let version): record?.version == version
        }
    }
}

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
        let record = try write(effect, over: before, id: id, policy: policy, now: now, in: transaction)
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

    private static func write(
        _ effect: InboxEffect,
        over before: SubscriptionRecord?,
        id: SubscriptionID,
        policy: BillingPolicy,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) -> SubscriptionRecord {
        let empty = Entitlement(provider: effect.reference.provider, environment: effect.reference.environment)
        let entitlement = effect.events.reduce(before?.entitlement ?? empty) { entitlement, event in
            entitlement.applying(event, now: now, policy: policy)
        }
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

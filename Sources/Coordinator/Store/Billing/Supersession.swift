import Billing
import Database
import Model

extension Store {
    /// Lets `record` take the place of the subscription that the effect names: peers, tokens and orders go over to it, so
    /// that its customer notices nothing, and the other one never gives access again. The locks of both are held.
    static func supersede(
        _ effect: InboxEffect,
        by record: SubscriptionRecord,
        now: Timestamp,
        in transaction: Transaction
    ) throws(DatabaseError) {
        guard let reference = effect.supersedes, reference != effect.reference else { return }
        let before = try subscription(reference, in: transaction)
        let empty = Entitlement(provider: reference.provider, environment: reference.environment)
        let entitlement = (before?.entitlement ?? empty).applying(SubscriptionEvent(at: now, .superseded), now: now)
        // Its row is made where there was none: an event of its own that comes late finds it ended.
        let old = try save(entitlement, reference, id: before?.id ?? .random(), now: now, in: transaction)
        // Whoever took its place may have been superseded meanwhile: what came late goes to the last one.
        let last = try successor(of: record.id, in: transaction)
        guard last != old.id else { return }
        let (from, to) = (Parameter.uuid(old.id.bytes), Parameter.uuid(last.bytes))
        transaction.enqueue(
            "UPDATE subscriptions SET superseded_by = $2 WHERE id = $1 AND superseded_by IS NULL",
            from,
            .uuid(record.id.bytes)
        )
        transaction.enqueue("UPDATE peers SET subscription_id = $2 WHERE subscription_id = $1", from, to)
        transaction.enqueue("UPDATE subscription_tokens SET subscription_id = $2 WHERE subscription_id = $1", from, to)
        transaction.enqueue("UPDATE orders SET subscription_id = $2 WHERE subscription_id = $1", from, to)
        transaction.enqueue(Self.takeKeys, from, to)
        transaction.enqueue(
            "UPDATE subscriptions SET peers_due_at = $2 WHERE id = $1",
            to,
            .timestamp(now.microseconds)
        )
        transaction.enqueue(Self.takeBucket, from, to)
        guard before?.entitlement.state != .superseded else { return }
        transaction.audit(
            AuditEntry(
                at: now,
                actor: .store,
                action: .entitlementChanged,
                subscriptionID: old.id,
                detail: "\(before?.entitlement.state.rawValue ?? "none") to superseded"
            )
        )
    }

    /// The subscription that has what this one's customer has: itself, unless others took its place.
    static func successor(of id: SubscriptionID, in transaction: Transaction) throws(DatabaseError) -> SubscriptionID {
        guard let row = try transaction.query(lastSuccessor, .uuid(id.bytes)).first else { return id }
        return try row.identifier("id")
    }

    /// The same, once nobody can take its place any more before the end of the transaction; nil for an unknown id.
    static func lockedSuccessor(
        of id: SubscriptionID,
        in transaction: Transaction
    ) throws(DatabaseError) -> SubscriptionRecord? {
        var held: SubscriptionID?
        // Each turn is somebody who took its place just now; bounded, should a store ever name a circle.
        for _ in 0..<64 {
            let last = try successor(of: held ?? id, in: transaction)
            guard let record = try subscription(last, in: transaction) else { return nil }
            if last == held { return record }
            try lock([record.reference], in: transaction)
            held = last
        }
        return nil
    }

    /// Bounded, should a store ever name a circle.
    private static let lastSuccessor: Statement = """
        WITH RECURSIVE chain AS (
            SELECT id, superseded_by, 0 AS depth FROM subscriptions WHERE id = $1
            UNION ALL
            SELECT s.id, s.superseded_by, c.depth + 1 FROM subscriptions s JOIN chain c ON s.id = c.superseded_by
            WHERE c.depth < 64)
        SELECT id FROM chain ORDER BY depth DESC LIMIT 1
        """

    /// Unless it has one of its own: the older one is kept for a while then, as if it had ended.
    private static let takeBucket: Statement = """
        UPDATE buckets SET subscription_id = $2, ended_at = NULL WHERE subscription_id = $1
            AND NOT EXISTS (SELECT FROM buckets o WHERE o.subscription_id = $2)
        """

    /// A request that is repeated under its new subscription finds its peer.
    private static let takeKeys: Statement = """
        UPDATE idempotency_keys k SET subscription_id = $2 WHERE k.subscription_id = $1
            AND NOT EXISTS (SELECT FROM idempotency_keys o WHERE o.subscription_id = $2 AND o.key = k.key)
        """
}

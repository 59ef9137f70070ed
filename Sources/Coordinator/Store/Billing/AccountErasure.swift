import Billing
import Database
import Model
import Placement

extension Store {
    /// Erases everything about a subscription's customer but the store's own reference of it, which accounting needs:
    /// peers at once, its bucket, tokens, orders, what is known of the entitlement, and those of the subscriptions whose place it took.
    ///
    /// What is left has a new id, so that the audit log's entries lead nowhere. Should the store go on charging, its next
    /// event makes an entitlement of it again, which can be claimed by proof of purchase.
    ///
    /// - Returns: the nodes that have something to remove; nil for an unknown subscription.
    public func eraseAccount(_ id: SubscriptionID, now: Timestamp) async throws -> Set<NodeID>? {
        try await pool.transaction { transaction in
            guard let row = try transaction.query(Self.lockForErasure, .uuid(id.bytes)).first else { return nil }
            let state: EntitlementState = try row.named("state")
            let settlement = try Self.settlePeers(
                of: try transaction.query(Self.erasedSubscription, .uuid(id.bytes)),
                in: FleetView(nodes: []),
                terms: SettlementTerms(limits: [:], policy: PlacementPolicy()),
                by: .customer,
                erasing: true,
                now: now,
                in: transaction
            )
            let chain = try transaction.query(Self.chainOf, .uuid(id.bytes)).map { row in try row.uuid("id") }
            // No token is being made meanwhile that would name what is gone.
            try Self.lockTokens(of: id, in: transaction)
            for member in chain {
                guard let member = SubscriptionID(bytes: member) else { continue }
                Self.markBucketForDeletion(of: member, in: transaction, now: now)
            }
            for statement in Self.eraseBelongings { transaction.enqueue(statement, .uuidArray(chain)) }
            transaction.enqueue(Self.forgetLinks, .uuidArray(chain))
            transaction.enqueue(
                Self.eraseSubscriptions,
                .uuidArray(chain),
                .timestamp(now.microseconds),
                .uuid(state == .revoked ? id.bytes : nil)
            )
            transaction.audit(AuditEntry(at: now, actor: .customer, action: .accountErased, subscriptionID: id))
            return settlement.changedNodes
        }
    }

    private static let lockForErasure: Statement = "SELECT state FROM subscriptions WHERE id = $1 FOR UPDATE"

    private static let erasedSubscription: Statement =
        "SELECT id, state, tier, extra_peers, access_until FROM subscriptions WHERE id = $1"

    /// Itself, and those whose place it took; bounded, should a store ever have named a circle.
    private static let chainOf: Statement = """
        WITH RECURSIVE chain AS (
            SELECT id, 0 AS depth FROM subscriptions WHERE id = $1
            UNION ALL
            SELECT s.id, c.depth + 1 FROM subscriptions s JOIN chain c ON s.superseded_by = c.id WHERE c.depth < 64)
        SELECT DISTINCT id FROM chain
        """

    private static let eraseBelongings: [Statement] = [
        "DELETE FROM subscription_tokens WHERE subscription_id = ANY ($1)",
        "DELETE FROM orders WHERE subscription_id = ANY ($1)",
        "DELETE FROM idempotency_keys WHERE subscription_id = ANY ($1)",
    ]

    private static let forgetLinks: Statement =
        "UPDATE subscriptions SET superseded_by = NULL WHERE id = ANY ($1) OR superseded_by = ANY ($1)"

    /// A purchase that the store waits to hear of is acknowledged all the same. That the money went back ($3) is a fact of
    /// accounting: whoever erases his account does not get the purchase back by it.
    private static let eraseSubscriptions: Statement = """
        UPDATE subscriptions SET id = gen_random_uuid(), tier = NULL, products = NULL, extra_peers = 0,
            product_problem = NULL, next_tier = NULL, next_tier_at = NULL, unusable_since = NULL, unplaced_since = NULL,
            state = CASE WHEN state = 'superseded' OR id = $3 THEN state ELSE 'expired' END, access_until = NULL,
            paid_through = CASE WHEN id = $3 THEN paid_through END, auto_renew = false,
            event_at = CASE WHEN id = $3 THEN event_at END, ledger = CASE WHEN id = $3 THEN ledger END,
            invoicing = CASE WHEN id = $3 THEN invoicing END, peers_due_at = NULL, reconcile_at = NULL,
            erased_at = $2, updated_at = $2
        WHERE id = ANY ($1)
        """
}

import Billing
import Database
import Model
import Placement

extension ProvisioningBatch {
    /// One round trip; the subscriptions stay locked.
    func readFacts(in transaction: Transaction) throws(DatabaseError) -> ProvisioningFacts {
        let subscriptions = Parameter.uuidArray(Set(items.map(\.request.subscription)).map(\.bytes))
        let keyed = items.filter { $0.request.idempotency != nil }
        let results = try transaction.executeAll([
            Self.lockSubscriptions.with(subscriptions),
            Self.findPeers.with(subscriptions),
            Self.findKeys.with(.bytesArray(items.map(\.request.publicKey.bytes))),
            Self.findIdempotencyKeys.with(
                .uuidArray(keyed.map(\.request.subscription.bytes)),
                .textArray(keyed.map(\.request.idempotency?.key))
            ),
        ])
        var facts = ProvisioningFacts(fleet: fleet, terms: terms)
        for row in results[0] {
            let tier = try hasAccess(row) ? try row.optionalText("tier") ?? "" : nil
            facts.subscriptions[try row.identifier("id")] = .init(
                tier: tier,
                extraPeers: Int(try row.int32("extra_peers")),
                peerCount: 0,
                nodesInUse: []
            )
        }
        for row in results[1] {
            let (subscription, count): (SubscriptionID, Int) = (
                try row.identifier("subscription_id"), Int(try row.int64("used"))
            )
            facts.subscriptions[subscription]?.peerCount += count
            guard let node: NodeID = try row.optionalIdentifier("node_id") else { continue }
            facts.subscriptions[subscription]?.nodesInUse += [NodeID](repeating: node, count: count)
        }
        for row in results[2] {
            let key = try row.publicKey("public_key")
            if try row.bool("is_server") { facts.serverKeys.insert(key) } else { facts.keysInUse.insert(key) }
        }
        for row in results[3] {
            let place = ProvisioningFacts.IdempotencyPlace(
                subscription: try row.identifier("subscription_id"),
                key: try row.text("key")
            )
            facts.idempotencyKeys[place] = .init(
                requestHash: try row.bytes("request_hash"),
                peerID: try row.optionalIdentifier("peer_id"),
                answer: try StoredAnswer(row)
            )
        }
        return facts
    }

    private func hasAccess(_ subscription: Row) throws(DatabaseError) -> Bool {
        let state = EntitlementState(rawValue: try subscription.text("state"))
        let until = try subscription.optionalMoment("access_until")
        return state?.givesAccess(until: until, at: now) == true
    }

    private static let lockSubscriptions: Statement = """
        SELECT id, state, tier, extra_peers, access_until FROM subscriptions WHERE id = ANY ($1) ORDER BY id
        FOR NO KEY UPDATE
        """

    /// By node; on no node while it has none. A peer that moves has two assignments and counts at one of them.
    private static let findPeers: Statement = """
        SELECT p.subscription_id, a.node_id, count(*) AS used
        FROM peers p LEFT JOIN LATERAL (
            SELECT node_id FROM assignments
            WHERE peer_id = p.id AND state IN ('installing', 'active') AND moves_from IS NULL) a ON true
        WHERE p.subscription_id = ANY ($1)
        GROUP BY p.subscription_id, a.node_id
        """

    private static let findKeys: Statement = """
        SELECT public_key, false AS is_server FROM peers WHERE public_key = ANY ($1)
        UNION ALL SELECT wireguard_public_key, true FROM nodes WHERE wireguard_public_key = ANY ($1)
        """

    private static let findIdempotencyKeys: Statement = """
        SELECT k.subscription_id, k.key, k.request_hash, k.peer_id, k.status, k.answer, k.location
        FROM idempotency_keys k
        JOIN unnest($1::uuid[], $2::text[]) AS asked (subscription_id, key) USING (subscription_id, key)
        """
}

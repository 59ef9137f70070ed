import Database
import Model

/// One run of the provisioning transaction.
///
/// The subscription's row is locked first, so that its peers are counted truly; the node's row last, so that it is held
/// for one round trip and the commit only.
struct ProvisioningAttempt: Sendable {
    let request: ProvisioningRequest
    let id: PeerID
    let node: NodeID
    let limits: [String: TierLimits]
    let lastAddressIndex: Int64
    let now: Timestamp

    func run(in transaction: Transaction) throws(DatabaseError) -> Result<Provisioned, ProvisioningRefusal> {
        if let answer = try answerWithoutWriting(in: transaction) { return answer }
        let taken = try transaction.query(
            Self.takePlace,
            .uuid(node.bytes),
            .timestamp((now - Self.quarantine).microseconds),
            .int64(lastAddressIndex)
        )
        guard let place = taken.first else { return .failure(.nodeFull) }
        guard let index = try place.optionalInt64("address_index") else { return .failure(.addressPoolExhausted) }
        let placement = PeerRecord.Placement(
            nodeID: node,
            revision: try place.revision("revision"),
            serverPublicKey: try place.publicKey("wireguard_public_key"),
            endpoint: try place.text("endpoint")
        )
        write(index, placement.revision, in: transaction)
        let peer = PeerRecord(
            id: id,
            publicKey: request.publicKey,
            addressIndex: index,
            region: request.region,
            state: .installing,
            createdAt: now,
            placement: placement
        )
        return .success(Provisioned(peer: peer, isReplay: false))
    }

    /// How long an address rests before another peer gets it.
    private static let quarantine: Duration = .seconds(600)

    /// The answer where nothing is to be added: a refusal, or what an earlier request with the same key made.
    private func answerWithoutWriting(
        in transaction: Transaction
    ) throws(DatabaseError) -> Result<Provisioned, ProvisioningRefusal>? {
        let results = try transaction.executeAll([
            Self.lockSubscription.with(.uuid(request.subscription.bytes)),
            Self.countPeers.with(.uuid(request.subscription.bytes)),
            Self.findIdempotencyKey.with(.uuid(request.subscription.bytes), .text(request.idempotency?.key)),
            Self.findKey.with(.bytes(request.publicKey.bytes)),
        ])
        if let earlier = results[2].first {
            guard try earlier.bytes("request_hash") == request.idempotency?.requestHash else {
                return .failure(.idempotencyKeyReused)
            }
            let peerID: PeerID = try earlier.identifier("peer_id")
            if let peer = try Store.peer(peerID, of: request.subscription, in: transaction) {
                return .success(Provisioned(peer: peer, isReplay: true))
            }
            transaction.enqueue(
                Self.forgetIdempotencyKey,
                .uuid(request.subscription.bytes),
                .text(request.idempotency?.key)
            )
        }
        guard results[3].isEmpty else { return .failure(.keyInUse) }
        guard let subscription = results[0].first, try hasAccess(subscription) else {
            return .failure(.subscriptionInactive)
        }
        let tier = try subscription.optionalText("tier") ?? ""
        guard let limits = limits[tier] else { return .failure(.unknownTier(tier)) }
        guard limits.regions.isEmpty || limits.regions.contains(request.region) else {
            return .failure(.regionNotInTier)
        }
        let used = try results[1].first?.int64("used") ?? 0
        return used < Int64(limits.peers) ? nil : .failure(.peerLimitReached(limit: limits.peers))
    }

    private func hasAccess(_ subscription: Row) throws(DatabaseError) -> Bool {
        guard let until = try subscription.optionalMoment("access_until") else { return false }
        return ["active", "grace"].contains(try subscription.text("state")) && now < until
    }

    private func write(_ index: Int64, _ revision: Revision, in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO peers (id, subscription_id, public_key, address_index, region, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            .uuid(id.bytes),
            .uuid(request.subscription.bytes),
            .bytes(request.publicKey.bytes),
            .int64(index),
            .text(request.region.text),
            .timestamp(now.microseconds)
        )
        transaction.enqueue(
            """
            INSERT INTO assignments (node_id, peer_id, state, revision, public_key, address_index, created_at)
            VALUES ($1, $2, 'installing', $3, $4, $5, $6)
            """,
            .uuid(node.bytes),
            .uuid(id.bytes),
            .int64(Int64(revision.number)),
            .bytes(request.publicKey.bytes),
            .int64(index),
            .timestamp(now.microseconds)
        )
        if let idempotency = request.idempotency {
            transaction.enqueue(
                """
                INSERT INTO idempotency_keys (subscription_id, key, request_hash, peer_id, created_at)
                VALUES ($1, $2, $3, $4, $5)
                """,
                .uuid(request.subscription.bytes),
                .text(idempotency.key),
                .bytes(idempotency.requestHash),
                .uuid(id.bytes),
                .timestamp(now.microseconds)
            )
        }
        transaction.audit(
            AuditEntry(
                at: now,
                actor: .customer,
                action: .peerProvisioned,
                nodeID: node,
                peerID: id,
                subscriptionID: request.subscription,
                revision: revision
            )
        )
    }

    private static let lockSubscription: Statement =
        "SELECT state, tier, access_until FROM subscriptions WHERE id = $1 FOR UPDATE"

    private static let countPeers: Statement = "SELECT count(*) AS used FROM peers WHERE subscription_id = $1"

    private static let findKey: Statement = "SELECT FROM peers WHERE public_key = $1"

    private static let findIdempotencyKey: Statement =
        "SELECT peer_id, request_hash FROM idempotency_keys WHERE subscription_id = $1 AND key = $2"

    /// Its peer was deleted since: the key may serve again.
    private static let forgetIdempotencyKey: Statement =
        "DELETE FROM idempotency_keys WHERE subscription_id = $1 AND key = $2"

    /// The node's next revision, while it has room, and with it the address that rested longest or a new one. One
    /// statement, so that a node without room costs no address; `address_index` is NULL when the pool is used up.
    private static let takePlace: Statement = """
        WITH place AS (
            UPDATE nodes SET revision = revision + 1, peer_count = peer_count + 1
            WHERE id = $1 AND peer_count < capacity AND NOT cordoned AND retired_at IS NULL
            RETURNING revision, wireguard_public_key, endpoint),
        reused AS (
            DELETE FROM free_addresses WHERE EXISTS (SELECT FROM place) AND address_index = (
                SELECT address_index FROM free_addresses WHERE freed_at < $2
                ORDER BY freed_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING address_index)
        SELECT revision, wireguard_public_key, endpoint,
            CASE WHEN EXISTS (SELECT FROM reused) THEN (SELECT address_index FROM reused)
                WHEN (SELECT last_value FROM address_indexes) < $3 THEN nextval('address_indexes')
            END AS address_index
        FROM place
        """
}

import Cryptography
import Database
import Model

extension Store {
    /// For so long after a claim the same claim gets the same token: of several at once, and of a retry whose first
    /// answer was lost, no token is dead on arrival.
    public static let claimWindow: Duration = .seconds(60)
}

/// Trades a proved purchase for a token.
///
/// The token is derived from a random seed, the proof and the pepper. The seed is kept with the claim, the pepper is not
/// in the database, and neither is an order's secret: so the answer can be given again, and the token stands nowhere.
struct TokenClaim: Sendable {
    let subscription: SubscriptionID
    let proof: Secret<[UInt8]>
    let key: IdempotencyKey?
    let pepper: Pepper
    let now: Timestamp

    /// Where the claims of the present window are noted: no key of a caller has a space.
    static let windowName = " claim"

    /// Ends the subscription's tokens and stores a new one, unless this claim repeats another.
    func run(in transaction: Transaction) throws(DatabaseError) -> Result<ClaimedToken, ClaimRefusal> {
        try Store.lockTokens(of: subscription, in: transaction)
        if let key, let earlier = try find(key.key, in: transaction) {
            guard earlier.requestHash == key.requestHash else { return .failure(.idempotencyKeyReused) }
            // Under another pepper it cannot be derived again: the claim is made anew.
            if earlier.pepperVersion == pepper.version { return .success(claimed(earlier.seed, isRepeated: true)) }
        }
        let window = IdempotencyKey(key: Self.windowName, requestHash: pepper.hash(proof.reveal(), context: "claim"))
        if let seed = try liveSeed(window, in: transaction) {
            if let key { note(key, seed, in: transaction) }
            return .success(claimed(seed, isRepeated: true))
        }
        let seed = RandomBytes.make(32)
        let claimed = claimed(seed, isRepeated: false)
        transaction.enqueue(Self.revokeTokens, .uuid(subscription.bytes), .timestamp(now.microseconds))
        Store.insert(claimed.token, of: subscription, pepper, now: now, in: transaction)
        note(window, seed, in: transaction)
        if let key { note(key, seed, in: transaction) }
        transaction.audit(AuditEntry(at: now, actor: .customer, action: .tokenClaimed, subscriptionID: subscription))
        return .success(claimed)
    }

    private func claimed(_ seed: [UInt8], isRepeated: Bool) -> ClaimedToken {
        ClaimedToken(
            token: .derived(from: seed + proof.reveal(), under: pepper),
            subscription: subscription,
            isRepeated: isRepeated
        )
    }

    /// The seed of a claim with the same proof within the window, if its token is good: one that was revoked since is
    /// no answer.
    private func liveSeed(_ window: IdempotencyKey, in transaction: Transaction) throws(DatabaseError) -> [UInt8]? {
        guard let earlier = try find(window.key, in: transaction), earlier.requestHash == window.requestHash,
            earlier.pepperVersion == pepper.version, now < earlier.createdAt + Store.claimWindow
        else { return nil }
        let token = claimed(earlier.seed, isRepeated: true).token
        let good = try transaction.query(
            Self.findGoodToken,
            .bytes(Store.hash(token, pepper)),
            .timestamp(now.microseconds)
        )
        return good.isEmpty ? nil : earlier.seed
    }

    private struct Earlier {
        let requestHash: [UInt8]
        let seed: [UInt8]
        let pepperVersion: Int16?
        let createdAt: Timestamp
    }

    private func find(_ name: String, in transaction: Transaction) throws(DatabaseError) -> Earlier? {
        let rows = try transaction.query(Self.findClaim, .uuid(subscription.bytes), .text(name))
        return try rows.first.map { row throws(DatabaseError) in
            Earlier(
                requestHash: try row.bytes("request_hash"),
                seed: try row.optionalBytes("seed") ?? [],
                pepperVersion: try row.optionalInt16("pepper_version"),
                createdAt: try row.moment("created_at")
            )
        }
    }

    private func note(_ key: IdempotencyKey, _ seed: [UInt8], in transaction: Transaction) {
        transaction.enqueue(
            Self.upsertClaim,
            .uuid(subscription.bytes),
            .text(key.key),
            .bytes(key.requestHash),
            .bytes(seed),
            .int16(pepper.version),
            .timestamp(now.microseconds)
        )
    }

    private static let findClaim: Statement = """
        SELECT request_hash, seed, pepper_version, created_at FROM idempotency_keys
        WHERE subscription_id = $1 AND key = $2
        """

    private static let findGoodToken: Statement = """
        SELECT FROM subscription_tokens
        WHERE token_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
        """

    private static let revokeTokens: Statement =
        "UPDATE subscription_tokens SET revoked_at = $2 WHERE subscription_id = $1 AND revoked_at IS NULL"

    private static let upsertClaim: Statement = """
        INSERT INTO idempotency_keys (subscription_id, key, request_hash, seed, pepper_version, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (subscription_id, key) DO UPDATE SET request_hash = EXCLUDED.request_hash, seed = EXCLUDED.seed,
            pepper_version = EXCLUDED.pepper_version, created_at = EXCLUDED.created_at
        """
}

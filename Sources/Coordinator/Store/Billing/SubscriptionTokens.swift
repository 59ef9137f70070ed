import Billing
import Cryptography
import Database
import Model

extension Store {
    /// Trades an app's secret for a token of the subscription that was paid under it.
    ///
    /// The secret can be claimed again, when the token was lost; the older token ends then. A claim that is repeated
    /// within `claimWindow`, or with the same key, gets the same token.
    ///
    /// - Parameter secret: what the registered hash is the SHA-256 of.
    public func claim(
        secret: Secret<[UInt8]>,
        key: IdempotencyKey? = nil,
        pepper: Pepper,
        now: Timestamp
    ) async throws -> Result<ClaimedToken, ClaimRefusal> {
        let hash = SHA256.hash(secret.reveal())
        return try await pool.transactionResult { (transaction) throws(DatabaseError) in
            guard let order = try Self.order(of: hash, in: transaction),
                ConstantTime.areEqual(order.claimHash, hash)
            else { return .failure(.unknownClaim) }
            guard let id = order.subscription, let record = try Self.subscription(id, in: transaction),
                record.entitlement.state.isPaid
            else { return .failure(try Self.refusal(of: order, now: now, in: transaction)) }
            let claim = TokenClaim(subscription: id, proof: secret, key: key, pepper: pepper, now: now)
            return try claim.run(in: transaction)
        }
    }

    /// Makes a token for whoever has proved to have bought a subscription; older tokens end. A claim that is repeated
    /// within `claimWindow`, or with the same key, gets the same token.
    ///
    /// - Parameter proof: of the purchase: the same for each of its buyer's devices.
    /// - Returns: with the subscription that has the customer's peers now, should another have taken its place.
    public func issueToken(
        for id: SubscriptionID,
        proof: Secret<[UInt8]>,
        key: IdempotencyKey? = nil,
        pepper: Pepper,
        now: Timestamp
    ) async throws -> Result<ClaimedToken, ClaimRefusal> {
        return try await pool.transactionResult { (transaction) throws(DatabaseError) in
            // Whoever takes its place takes its tokens along: not in the middle of this.
            guard let owner = try Self.lockedSuccessor(of: id, in: transaction) else { return .failure(.unknownClaim) }
            guard owner.entitlement.state.isPaid else { return .failure(.paymentPending) }
            let claim = TokenClaim(subscription: owner.id, proof: proof, key: key, pepper: pepper, now: now)
            return try claim.run(in: transaction)
        }
    }

    /// Makes everybody who would make or end a token of the subscription wait for the end of the transaction: a token that
    /// is being made escapes no revocation. The last lock that is taken.
    static func lockTokens(of id: SubscriptionID, in transaction: Transaction) throws(DatabaseError) {
        _ = try transaction.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", .text("tokens/\(id)"))
    }

    static func insert(
        _ token: SubscriptionToken,
        of subscription: SubscriptionID,
        _ pepper: Pepper,
        now: Timestamp,
        in transaction: Transaction
    ) {
        transaction.enqueue(
            insertToken,
            .bytes(hash(token, pepper)),
            .int16(pepper.version),
            .uuid(subscription.bytes),
            .timestamp(now.microseconds)
        )
    }

    /// Whose these tokens are, in order; nil for one that is unknown, revoked or expired. A token that was stored under
    /// the pepper before is stored anew under the present one, so that the old pepper runs out of use.
    public func authenticate(
        _ tokens: [SubscriptionToken],
        peppers: Peppers,
        now: Timestamp
    ) async throws -> [SubscriptionID?] {
        try await owners(of: tokens, peppers: peppers, now: now).map { $0?.subscription }
    }

    /// The same, with the tier.
    func owners(
        of tokens: [SubscriptionToken],
        peppers: Peppers,
        now: Timestamp
    ) async throws -> [TokenOwner?] {
        let candidates = tokens.map { token in
            peppers.all.map { (version: $0.version, hash: Self.hash(token, $0)) }
        }
        let hashes = candidates.flatMap { $0.map(\.hash) }
        let found = try await pool.query(Self.findTokens.with(.bytesArray(hashes), .timestamp(now.microseconds))) {
            rows in try rows.map(StoredToken.init)
        }
        let stored = Dictionary(found.map { ($0.hash, $0) }) { first, _ in first }
        var outdated: [(old: [UInt8], new: [UInt8])] = []
        let owners: [TokenOwner?] = candidates.map { candidate in
            for (version, hash) in candidate {
                guard let token = stored[hash], token.pepperVersion == version,
                    ConstantTime.areEqual(token.hash, hash)
                else { continue }
                if version != peppers.current.version { outdated.append((hash, candidate[0].hash)) }
                return token.owner
            }
            return nil
        }
        // Where that fails the token is good all the same, and the next request tries again.
        if !outdated.isEmpty { try? await store(outdated, under: peppers.current) }
        return owners
    }

    private func store(_ hashes: [(old: [UInt8], new: [UInt8])], under pepper: Pepper) async throws {
        try await pool.transaction { transaction in
            transaction.enqueue(
                Self.replaceHashes,
                .bytesArray(hashes.map(\.old)),
                .bytesArray(hashes.map(\.new)),
                .int16(pepper.version)
            )
        }
    }

    private struct StoredToken: Sendable {
        let hash: [UInt8]
        let pepperVersion: Int16
        let owner: TokenOwner

        init(_ row: Row) throws(DatabaseError) {
            hash = try row.bytes("token_hash")
            pepperVersion = try row.int16("pepper_version")
            owner = TokenOwner(
                subscription: try row.identifier("subscription_id"),
                tier: try row.optionalText("tier")
            )
        }
    }

    static func hash(_ token: SubscriptionToken, _ pepper: Pepper) -> [UInt8] {
        pepper.hash(Array(token.text.reveal().utf8), context: "subscription-token")
    }

    private static let insertToken: Statement = """
        INSERT INTO subscription_tokens (token_hash, pepper_version, subscription_id, created_at)
        VALUES ($1, $2, $3, $4)
        """

    private static let replaceHashes: Statement = """
        UPDATE subscription_tokens t SET token_hash = h.new, pepper_version = $3
        FROM unnest($1::bytea[], $2::bytea[]) AS h (old, new) WHERE t.token_hash = h.old
        """

    private static let findTokens: Statement = """
        SELECT t.token_hash, t.pepper_version, t.subscription_id, s.tier
        FROM subscription_tokens t JOIN subscriptions s ON s.id = t.subscription_id
        WHERE t.token_hash = ANY ($1) AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
        """
}

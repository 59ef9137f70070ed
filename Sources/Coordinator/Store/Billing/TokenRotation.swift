import Cryptography
import Database
import Model

/// Why a token was not rotated.
public enum RotationRefusal: Error, Hashable, Sendable {
    /// The token is unknown, revoked or over.
    case unknownToken
    /// The subscription has as many good tokens as it may; one of them ends at this moment.
    case tooManyTokens(until: Timestamp)
    /// The same `Idempotency-Key` came with another request.
    case idempotencyKeyReused
    /// The request is a repetition, and its successor cannot be shown again: its pepper is gone.
    case answerIsGone
}

/// A token's successor.
public struct RotatedToken: Sendable {
    public let token: SubscriptionToken
    public let subscription: SubscriptionID
    /// Until when the token before is good beside it.
    public let previousEndsAt: Timestamp
}

extension Store {
    /// How long a rotated token is good beside its successor: a device that was off learns of it in time.
    public static let tokenOverlap: Duration = .seconds(86_400)
    /// A subscription has no more good tokens at once.
    static let tokensMax = 8

    /// Makes a token that takes the place of the one presented. Whose answer was lost rotates again with the old one:
    /// its end is never put off.
    ///
    /// - Parameter key: whoever repeats the rotation with it gets the same successor.
    public func rotateToken(
        _ token: SubscriptionToken,
        key: IdempotencyKey? = nil,
        peppers: Peppers,
        now: Timestamp
    ) async throws -> Result<RotatedToken, RotationRefusal> {
        let hashes = peppers.all.map { Self.hash(token, $0) }
        return try await pool.transactionResult { (transaction) throws(DatabaseError) in
            let owners = try transaction.query(Self.ownerOfToken, .bytesArray(hashes), .timestamp(now.microseconds))
            guard let row = owners.first else { return .failure(.unknownToken) }
            let owner: SubscriptionID = try row.identifier("subscription_id")
            try Self.lockTokens(of: owner, in: transaction)
            // Only statements behind the lock see what revocations and rotations at the same time have done.
            let results = try transaction.executeAll([
                Self.ownerOfToken.with(.bytesArray(hashes), .timestamp(now.microseconds)),
                Self.goodTokens.with(.uuid(owner.bytes), .timestamp(now.microseconds)),
            ])
            guard let present = results[0].first, try present.identifier("subscription_id") == owner else {
                return .failure(.unknownToken)
            }
            if let key, let earlier = try Self.earlierRotation(of: token, key, owner, peppers, in: transaction) {
                let end = try present.optionalMoment("expires_at") ?? now + Self.tokenOverlap
                return earlier.map { successor in
                    RotatedToken(token: successor, subscription: owner, previousEndsAt: end)
                }
            }
            let good = results[1]
            guard good.count < Self.tokensMax else {
                let ends = try good.map { row throws(DatabaseError) in try row.optionalMoment("expires_at") }
                return .failure(.tooManyTokens(until: ends.compactMap(\.self).min() ?? now + Self.tokenOverlap))
            }
            let end = min(try present.optionalMoment("expires_at") ?? now + Self.tokenOverlap, now + Self.tokenOverlap)
            transaction.enqueue(Self.endTokenLater, .bytesArray(hashes), .timestamp(end.microseconds))
            let successor = Self.makeSuccessor(of: token, key, owner, peppers.current, now: now, in: transaction)
            Self.insert(successor, of: owner, peppers.current, now: now, in: transaction)
            transaction.audit(AuditEntry(at: now, actor: .customer, action: .tokenRotated, subscriptionID: owner))
            return .success(RotatedToken(token: successor, subscription: owner, previousEndsAt: end))
        }
    }

    /// What an earlier rotation with the same key made; nil where there was none.
    private static func earlierRotation(
        of token: SubscriptionToken,
        _ key: IdempotencyKey,
        _ owner: SubscriptionID,
        _ peppers: Peppers,
        in transaction: Transaction
    ) throws(DatabaseError) -> Result<SubscriptionToken, RotationRefusal>? {
        guard let row = try transaction.query(findRotation, .uuid(owner.bytes), .text(key.key)).first else {
            return nil
        }
        guard try row.bytes("request_hash") == key.requestHash else { return .failure(.idempotencyKeyReused) }
        let version = try row.optionalInt16("pepper_version")
        guard let pepper = peppers.all.first(where: { $0.version == version }),
            let seed = try row.optionalBytes("seed")
        else { return .failure(.answerIsGone) }
        return .success(.derived(from: seed + token.text.reveal().utf8, under: pepper))
    }

    /// With a key it is derived from a seed that is kept, and from the token before, which is not.
    private static func makeSuccessor(
        of token: SubscriptionToken,
        _ key: IdempotencyKey?,
        _ owner: SubscriptionID,
        _ pepper: Pepper,
        now: Timestamp,
        in transaction: Transaction
    ) -> SubscriptionToken {
        guard let key else { return .generate(under: pepper) }
        let seed = RandomBytes.make(32)
        transaction.enqueue(
            insertRotation,
            .uuid(owner.bytes),
            .text(key.key),
            .bytes(key.requestHash),
            .bytes(seed),
            .int16(pepper.version),
            .timestamp(now.microseconds)
        )
        return .derived(from: seed + token.text.reveal().utf8, under: pepper)
    }

    /// Ends tokens at once.
    ///
    /// - Parameter token: nil for all of the subscription's.
    public func revokeTokens(
        of subscription: SubscriptionID,
        only token: SubscriptionToken? = nil,
        peppers: Peppers,
        now: Timestamp
    ) async throws {
        let hashes = token.map { token in peppers.all.map { Self.hash(token, $0) } }
        try await pool.transaction { transaction in
            try Self.lockTokens(of: subscription, in: transaction)
            let revoked = try transaction.execute(
                Self.revokeSome,
                .uuid(subscription.bytes),
                .timestamp(now.microseconds),
                .bytesArray(hashes ?? []),
                .bool(hashes == nil)
            )
            guard revoked > 0 else { return }
            transaction.audit(
                AuditEntry(
                    at: now,
                    actor: .customer,
                    action: .tokenRevoked,
                    subscriptionID: subscription,
                    detail: hashes == nil ? "all" : nil
                )
            )
        }
    }

    /// How many good tokens each pepper has, by its version.
    public func tokenCounts(now: Timestamp) async throws -> [Int16: Int] {
        try await pool.query(Self.countByPepper.with(.timestamp(now.microseconds))) { rows in
            Dictionary(
                uniqueKeysWithValues: try rows.map { row in
                    (try row.int16("pepper_version"), Int(try row.int64("count")))
                }
            )
        }
    }

    private static let ownerOfToken: Statement = """
        SELECT subscription_id, expires_at FROM subscription_tokens
        WHERE token_hash = ANY ($1) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
        """

    private static let goodTokens: Statement = """
        SELECT expires_at FROM subscription_tokens
        WHERE subscription_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
        """

    private static let findRotation: Statement = """
        SELECT request_hash, seed, pepper_version FROM idempotency_keys WHERE subscription_id = $1 AND key = $2
        """

    private static let insertRotation: Statement = """
        INSERT INTO idempotency_keys (subscription_id, key, request_hash, seed, pepper_version, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """

    private static let endTokenLater: Statement = """
        UPDATE subscription_tokens SET expires_at = least(expires_at, $2) WHERE token_hash = ANY ($1)
        """

    private static let revokeSome: Statement = """
        UPDATE subscription_tokens SET revoked_at = $2
        WHERE subscription_id = $1 AND revoked_at IS NULL AND ($4 OR token_hash = ANY ($3))
        """

    private static let countByPepper: Statement = """
        SELECT pepper_version, count(*) AS count FROM subscription_tokens
        WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1) GROUP BY pepper_version
        """
}

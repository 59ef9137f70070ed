import Cryptography
import Database
import Model

/// Why a token was not rotated.
public enum RotationRefusal: Error, Hashable, Sendable {
    /// The token is unknown, revoked or over.
    case unknownToken
    /// The subscription has as many good tokens as it may; one of them ends at this moment.
    case tooManyTokens(until: Timestamp)
}

extension Store {
    /// How long a rotated token is good beside its successor: a device that was off learns of it in time.
    public static let tokenOverlap: Duration = .seconds(86_400)
    /// A subscription has no more good tokens at once.
    static let tokensMax = 8

    /// Makes a token that takes the place of the one presented. Whose answer was lost rotates again with the old one:
    /// its end is never put off.
    public func rotateToken(
        _ token: SubscriptionToken,
        peppers: Peppers,
        now: Timestamp
    ) async throws -> Result<ClaimedToken, RotationRefusal> {
        let successor = SubscriptionToken.generate()
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
            let good = results[1]
            guard good.count < Self.tokensMax else {
                let ends = try good.map { row throws(DatabaseError) in try row.optionalMoment("expires_at") }
                return .failure(.tooManyTokens(until: ends.compactMap(\.self).min() ?? now + Self.tokenOverlap))
            }
            transaction.enqueue(
                Self.endTokenLater,
                .bytesArray(hashes),
                .timestamp((now + Self.tokenOverlap).microseconds)
            )
            Self.insert(successor, of: owner, peppers.current, now: now, in: transaction)
            transaction.audit(AuditEntry(at: now, actor: .customer, action: .tokenRotated, subscriptionID: owner))
            return .success(ClaimedToken(token: successor, subscription: owner))
        }
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
        SELECT subscription_id FROM subscription_tokens
        WHERE token_hash = ANY ($1) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
        """

    private static let goodTokens: Statement = """
        SELECT expires_at FROM subscription_tokens
        WHERE subscription_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
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

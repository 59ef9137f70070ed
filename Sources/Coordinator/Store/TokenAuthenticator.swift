import Cryptography
import Model

/// Says whose a subscription token is. Requests that come at the same time share a query; nothing is remembered, so
/// that a revoked token ends at once.
public struct TokenAuthenticator: Sendable {
    private let calls: SharedCalls<SubscriptionToken, SubscriptionID?>

    public init(store: Store, peppers: Peppers, clock: @escaping @Sendable () -> Timestamp) {
        calls = SharedCalls(limit: 256) { tokens in
            try await store.authenticate(tokens, peppers: peppers, now: clock())
        }
    }

    /// Nil for a token that is unknown, revoked or expired.
    ///
    /// - Throws: `DatabaseError`.
    public func subscription(for token: SubscriptionToken) async throws -> SubscriptionID? {
        try await calls.call(token)
    }
}

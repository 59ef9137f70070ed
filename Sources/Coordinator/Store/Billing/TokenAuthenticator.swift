import Cryptography
import Model

/// Says whose a subscription token is. Requests that come at the same time share a query; nothing is remembered, so
/// that a revoked token ends at once.
public struct TokenAuthenticator: Sendable {
    private let calls: SharedCalls<SubscriptionToken, TokenOwner?>

    public init(store: Store, peppers: Peppers, clock: @escaping @Sendable () -> Timestamp) {
        calls = SharedCalls(limit: 256) { tokens in
            try await store.owners(of: tokens, peppers: peppers, now: clock())
        }
    }

    /// Nil for a token that is unknown, revoked or expired.
    ///
    /// - Throws: `DatabaseError`.
    public func owner(of token: SubscriptionToken) async throws -> TokenOwner? {
        try await calls.call(token)
    }
}

import Cryptography
import DaemonRuntime
import Model
import Store

/// Looks a token up by its keyed hash. At most two peppers are good at once: the present one and the one before.
struct TokenAuthenticator: Sendable {
    let store: Store
    let peppers: [Pepper]

    func subscription(for token: SubscriptionToken) async throws -> SubscriptionID? {
        try await store.authenticate(token, peppers: peppers, now: SystemClock.now())
    }
}

import Cryptography
import DaemonRuntime
import Hummingbird
import Model
import Store

/// What the holder of a token does with it: rotate it, or end it.
struct TokenRoutes: Sendable {
    let store: Store
    let peppers: Peppers

    func add(to group: RouterGroup<CustomerContext>) {
        group.post("subscription-tokens/rotate", use: rotate)
        group.delete("subscription-tokens/current", use: revokeCurrent)
        group.delete("subscription-tokens", use: revokeAll)
    }

    private struct Rotated: Encodable {
        let token: String
        let subscription_id: String
        let previous_valid_until: String
    }

    /// The token presented is good for another day; a repeated request with it makes another successor.
    @Sendable private func rotate(_ request: Request, _ context: CustomerContext) async throws -> Response {
        guard let token = context.token else { throw Problem.unauthenticated }
        let now = SystemClock.now()
        switch try await store.rotateToken(token, peppers: peppers, now: now) {
        case .success(let rotated):
            let resource = Rotated(
                token: rotated.token.text.reveal(),
                subscription_id: "\(rotated.subscription)",
                previous_valid_until: "\(now + Store.tokenOverlap)"
            )
            return try JSONResponse.make(resource, status: .created)
        case .failure(.unknownToken): throw Problem.unauthenticated
        case .failure(.tooManyTokens(let until)): throw Problem.tooManyTokens(retryAfter: until - now)
        }
    }

    @Sendable private func revokeCurrent(_ request: Request, _ context: CustomerContext) async throws -> Response {
        try await revoke(context, only: context.token)
    }

    @Sendable private func revokeAll(_ request: Request, _ context: CustomerContext) async throws -> Response {
        try await revoke(context, only: nil)
    }

    private func revoke(_ context: CustomerContext, only token: SubscriptionToken?) async throws -> Response {
        try await store.revokeTokens(
            of: try context.authenticated(),
            only: token,
            peppers: peppers,
            now: SystemClock.now()
        )
        return Response(status: .noContent)
    }
}

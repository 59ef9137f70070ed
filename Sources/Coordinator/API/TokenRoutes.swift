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

    /// The token presented is good for another day. A repeated request makes another successor, unless it has the
    /// `Idempotency-Key` of the first: then it gets the same.
    @Sendable private func rotate(_ request: Request, _ context: CustomerContext) async throws -> Response {
        guard let token = context.token else { throw Problem.unauthenticated }
        try await RequestBody.expectNothing(in: request)
        let now = SystemClock.now()
        let meaning = Hexadecimal.encode(SHA256.hash(Array(token.text.reveal().utf8)))
        let key = try request.headers.idempotencyKey(for: "POST /v1/subscription-tokens/rotate", meaning)
        switch try await store.rotateToken(token, key: key, peppers: peppers, now: now) {
        case .success(let rotated):
            let resource = Rotated(
                token: rotated.token.text.reveal(),
                subscription_id: "\(rotated.subscription)",
                previous_valid_until: "\(rotated.previousEndsAt)"
            )
            return try JSONResponse.make(resource, status: .created)
        case .failure(.unknownToken): throw Problem.unauthenticated
        case .failure(.tooManyTokens(let until)): throw Problem.tooManyTokens(retryAfter: until - now)
        case .failure(.idempotencyKeyReused): throw Problem.idempotencyKeyReused
        case .failure(.answerIsGone): throw Problem.answerGone
        }
    }

    @Sendable private func revokeCurrent(_ request: Request, _ context: CustomerContext) async throws -> Response {
        try await RequestBody.expectNothing(in: request)
        return try await revoke(context, only: context.token)
    }

    @Sendable private func revokeAll(_ request: Request, _ context: CustomerContext) async throws -> Response {
        try await RequestBody.expectNothing(in: request)
        return try await revoke(context, only: nil)
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

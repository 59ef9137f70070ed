import Cryptography
import HTTPTypes
import Hummingbird
import Model
import Store

/// Finds out whose request it is by its subscription token.
struct BearerToken: RouterMiddleware {
    let authenticator: TokenAuthenticator
    /// Of tokens that are none: whoever tries many waits, before the database is asked.
    let failures: RateLimiter<ClientPrefix>

    func handle(
        _ request: Request,
        context: CustomerContext,
        next: (Request, CustomerContext) async throws -> Response
    ) async throws -> Response {
        if let client = context.client, let wait = failures.wait(for: client) { throw Problem.tooManyRequests(wait) }
        guard let credentials = request.headers.bearerCredentials, let token = SubscriptionToken(credentials),
            let subscription = try await authenticator.subscription(for: token)
        else {
            if let client = context.client { _ = failures.take(client) }
            throw Problem.unauthenticated
        }
        var context = context
        context.subscription = subscription
        context.token = token
        return try await next(request, context)
    }
}

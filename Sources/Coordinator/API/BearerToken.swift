import Cryptography
import DaemonRuntime
import HTTPTypes
import Hummingbird
import Model
import Store

/// Finds out whose request it is by its subscription token.
struct BearerToken: RouterMiddleware {
    let authenticator: TokenAuthenticator
    /// Of tokens that are none: whoever tries many waits, before the database is asked.
    let failures: RateLimiter<ClientPrefix>
    let rates: TierRates

    func handle(
        _ request: Request,
        context: CustomerContext,
        next: (Request, CustomerContext) async throws -> Response
    ) async throws -> Response {
        if let client = context.client, let wait = failures.wait(for: client) { throw Problem.tooManyRequests(wait) }
        guard let credentials = request.headers.bearerCredentials, let token = SubscriptionToken(credentials),
            let owner = try await authenticator.owner(of: token)
        else {
            if let client = context.client { _ = failures.take(client) }
            throw Problem.unauthenticated
        }
        try rates.admit(owner)
        var context = context
        context.subscription = owner.subscription
        context.token = token
        return try await next(request, context)
    }
}

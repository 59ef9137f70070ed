import Cryptography
import HTTPTypes
import Hummingbird
import Model
import Store

/// Finds out whose request it is by its subscription token.
struct BearerToken: RouterMiddleware {
    let authenticator: TokenAuthenticator

    func handle(
        _ request: Request,
        context: CustomerContext,
        next: (Request, CustomerContext) async throws -> Response
    ) async throws -> Response {
        guard let credentials = request.headers.bearerCredentials, let token = SubscriptionToken(credentials),
            let subscription = try await authenticator.subscription(for: token)
        else { throw Problem.unauthenticated }
        var context = context
        context.subscription = subscription
        context.token = token
        return try await next(request, context)
    }
}

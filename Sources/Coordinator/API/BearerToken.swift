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
        // The scheme's case is nobody's business (RFC 9110, section 11.1).
        guard let header = request.headers[.authorization], header.prefix(7).lowercased() == "bearer ",
            let token = SubscriptionToken(header.dropFirst(7)),
            let subscription = try await authenticator.subscription(for: token)
        else { throw Problem.unauthenticated }
        var context = context
        context.subscription = subscription
        context.token = token
        return try await next(request, context)
    }
}

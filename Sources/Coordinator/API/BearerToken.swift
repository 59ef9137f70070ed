import Cryptography
import DaemonRuntime
import HTTPTypes
import Hummingbird
import Model
import Store

/// Finds out whose request it is by its subscription token.
struct BearerToken: RouterMiddleware {
    let authenticator: TokenAuthenticator
    /// For tokens of which nothing is known: they wait for each other alone.
    let strangers: TokenAuthenticator
    let gate: TokenGate
    let rates: TierRates

    func handle(
        _ request: Request,
        context: CustomerContext,
        next: (Request, CustomerContext) async throws -> Response
    ) async throws -> Response {
        guard let credentials = request.headers.bearerCredentials, let token = SubscriptionToken(credentials),
            let owner = try await gate.pass(
                token,
                from: context.client,
                lookUp: { lane in
                    switch lane {
                    case .known: try await authenticator.owner(of: token)
                    case .stranger: try await strangers.owner(of: token)
                    }
                }
            )
        else { throw Problem.unauthenticated }
        try rates.admit(owner)
        var context = context
        context.subscription = owner.subscription
        context.token = token
        return try await next(request, context)
    }
}

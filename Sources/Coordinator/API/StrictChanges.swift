import HTTPTypes
import Hummingbird

/// Refuses a change that has something in its query: no change here takes a parameter there, so that it was meant to
/// be elsewhere, and the request would do something else without it.
struct StrictChanges: RouterMiddleware {
    func handle(
        _ request: Request,
        context: CustomerContext,
        next: (Request, CustomerContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .get || request.method == .head || request.uri.query == nil else {
            throw Problem(
                .unprocessableContent,
                "malformed-field",
                title: "A change takes no parameters in its address",
                detail: "Send them in the body."
            )
        }
        return try await next(request, context)
    }
}

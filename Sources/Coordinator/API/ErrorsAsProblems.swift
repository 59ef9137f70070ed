import DaemonRuntime
import Database
import HTTPTypes
import Hummingbird
import Logging

/// Turns whatever a route throws into a problem document; what nobody foresaw is logged and says nothing outside.
struct ErrorsAsProblems<Context: RequestContext>: RouterMiddleware {
    /// Whoever asks makes these lines: one a minute of each.
    private let logger = QuietLogger(Logger(label: "api"), subjectKey: "error_type")

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = problem(for: error, context)
            return try problem.response(from: request, context: context)
        }
    }

    private func problem(for error: any Error, _ context: Context) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as HTTPError where error.status == .notFound: return .notFound
        case let error as HTTPError where error.status.code < 500:
            return Problem(error.status, "bad-request", title: "The request is not understood")
        case let error as DatabaseError where error.isPassing:
            logger.warning("database", metadata: ["error": "\(error)"])
            return .unavailable
        case is CancellationError:
            return .unavailable
        default:
            // The error's own text may hold anything: its type is what a developer needs first.
            logger.error(
                "a route failed",
                of: "\(type(of: error))",
                metadata: ["error": .string(safeText(error))]
            )
            return .internal
        }
    }

    /// Errors of the database are made without values; of others only the type is said.
    private func safeText(_ error: any Error) -> String {
        (error as? DatabaseError)?.description ?? ""
    }
}

extension DatabaseError {
    /// Whether asking again later is right.
    var isPassing: Bool {
        switch self {
        case .unavailable, .serializationFailure, .commitUnknown, .cancelled: true
        default: false
        }
    }
}

import Cryptography
import DaemonRuntime
import HTTPTypes
import Hummingbird
import Logging
import Model
import Store

/// Gives a request that comes twice the answer that it got first.
struct IdempotentRequests: Sendable {
    let store: Store

    /// The first answer; nil for a request that comes first, or that was never answered.
    ///
    /// - Throws: the problem that the use of one key for two requests is.
    func answer(to key: IdempotencyKey?, of subscription: SubscriptionID) async throws -> Response? {
        guard let key else { return nil }
        switch try await store.earlierRequest(key, of: subscription) {
        case nil, .begun: return nil
        case .answered(let answer): return answer.repeated
        case .isAnother: throw Problem.idempotencyKeyReused
        }
    }

    /// Keeps what a request is answered with. Its effect is durable: should the answer not be, a repetition is answered
    /// by what is there then.
    func keep(
        _ answer: StoredAnswer,
        to key: IdempotencyKey?,
        of subscription: SubscriptionID,
        _ context: CustomerContext
    ) async -> Response {
        guard let key else { return answer.response }
        do {
            let kept = try await store.keepAnswer(answer, to: key, of: subscription, now: SystemClock.now())
            return kept == answer ? answer.response : kept.repeated
        } catch {
            context.logger.warning(
                "an answer was not kept for its repetition",
                metadata: ["error_type": "\(type(of: error))"]
            )
            return answer.response
        }
    }
}

extension StoredAnswer {
    init(_ value: some Encodable, status: HTTPResponse.Status, location: String? = nil) throws {
        self.init(status: status.code, body: try JSONResponse.bytes(value), location: location)
    }

    init(_ problem: Problem) throws {
        self.init(status: problem.status.code, body: try problem.bytes())
    }

    var response: Response {
        let status = HTTPResponse.Status(code: status)
        var response =
            body.isEmpty && status == .noContent
            ? Response(status: status) : JSONResponse.make(bytes: body, status: status)
        if status.code >= 400 { response.headers[.contentType] = "application/problem+json" }
        if let location { response.headers[.location] = location }
        return response
    }

    /// The same, marked as given before.
    var repeated: Response {
        var response = response
        if let name = HTTPField.Name("Idempotency-Replayed") { response.headers[name] = "true" }
        return response
    }
}

extension HTTPFields {
    /// - Throws: the problem that a malformed `Idempotency-Key` is.
    func idempotencyKey() throws(Problem) -> String? {
        guard let name = HTTPField.Name("Idempotency-Key"), let key = self[name] else { return nil }
        guard (1...128).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .malformedField("Idempotency-Key", "It must be 1 to 128 visible ASCII characters.")
        }
        return key
    }

    /// - Parameter meaning: of the request, not its spelling: what it is, then each of its values in one order. A request
    ///   with a line end in a value is refused, whatever its key.
    func idempotencyKey(for meaning: String...) throws(Problem) -> IdempotencyKey? {
        guard let key = try idempotencyKey() else { return nil }
        return IdempotencyKey(key: key, requestHash: BLAKE2b.hash(Array(meaning.joined(separator: "\n").utf8)))
    }
}

import DaemonRuntime
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Store

/// Carries an operator's change out once for each `Idempotency-Key`, and gives its answer again to whoever repeats it:
/// a retry that comes late cordons no node that was uncordoned since, and starts no drain that was cancelled.
struct RepeatableChange: Sendable {
    let call: AdminCall
    let key: IdempotencyKey

    /// Nil for a request without a key, for one that changes nothing, and for one that tells its repetitions itself.
    ///
    /// - Parameter body: the whole of it; the key stands for it byte for byte.
    init?(_ call: AdminCall, body: [UInt8]) throws {
        guard call.route.isChange, !call.route.tellsRepetitions else { return nil }
        let text = String(decoding: body, as: UTF8.self)
        let place = "\(call.route.method.rawValue) \(call.request.uri)"
        guard let key = try call.request.headers.idempotencyKey(for: place, text) else { return nil }
        self.call = call
        self.key = key
    }

    func answer(_ handle: () async throws -> Response) async throws -> Response {
        // The route's own time, and a little: then whoever was at it has ended.
        let limit = call.route.timeLimit + .seconds(5)
        let name = call.caller.name
        switch try await call.store.beginRequest(key, of: name, limit: limit, now: SystemClock.now()) {
        case .answered(let answer): return answer.repeated
        case .isAnother: throw Problem.idempotencyKeyReused
        case .isUnderWay: throw Problem.requestUnderWay
        case .begun: break
        }
        do {
            let answer = try await StoredAnswer(collecting: try await handle())
            await end(answer)
            return answer.response
        } catch let problem as Problem where problem.status.code < 500 {
            await end(nil)
            throw problem
        }
    }

    /// The change is durable. Should its answer not be kept, a repetition is carried out once more, later.
    private func end(_ answer: StoredAnswer?) async {
        do {
            try await call.store.endRequest(key, of: call.caller.name, answer: answer, now: SystemClock.now())
        } catch {
            call.context.logger.warning(
                "an answer was not kept for its repetition",
                metadata: ["error_type": "\(type(of: error))"]
            )
        }
    }
}

extension StoredAnswer {
    /// A response whose whole body is at hand.
    fileprivate init(collecting response: Response) async throws {
        let collected = Collected()
        try await response.body.write(Collector(into: collected))
        self.init(
            status: response.status.code,
            body: await collected.bytes,
            location: response.headers[.location]
        )
    }
}

private actor Collected {
    private(set) var bytes: [UInt8] = []

    func add(_ buffer: ByteBuffer) {
        bytes += buffer.readableBytesView
    }
}

private struct Collector: ResponseBodyWriter {
    let collected: Collected

    init(into collected: Collected) {
        self.collected = collected
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        await collected.add(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

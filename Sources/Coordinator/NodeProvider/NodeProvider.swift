import AsyncHTTPClient
import Cryptography
import Database
import Model
import NIOCore
import NIOHTTP1
import OutboundHTTP

/// Whoever makes machines: an operator's program, or a service that is told over HTTPS.
public enum NodeProvider: Sendable {
    /// An executable: the request on standard input, the answer on standard output. Exit status 0 takes it, 75
    /// (EX_TEMPFAIL) puts it off, anything else is a failure whose last line on standard error is kept.
    case command(String)
    /// Posted to; `Holdfast-Signature: v1=` and the HMAC-SHA256 of the body in hexadecimal let the receiver know us.
    case webhook(url: String, key: Secret<String>)

    /// - Parameter timeout: after it a program is killed with its children, and a connection is given up.
    public func ask(_ request: NodeRequest, timeout: Duration) async -> ProviderAnswer {
        switch self {
        case .command(let path):
            let input = request.json
            let stop = StopRequest()
            let outcome = await withTaskCancellationHandler {
                await BlockingThread.run { ProviderProcess.run(path, input: input, timeout: timeout, stop: stop) }
            } onCancel: {
                stop.ask()
            }
            return outcome.answer()
        case .webhook(let url, let key):
            return await Self.post(request, to: url, key, timeout: timeout)
        }
    }

    private static func post(
        _ request: NodeRequest,
        to url: String,
        _ key: Secret<String>,
        timeout: Duration
    ) async -> ProviderAnswer {
        let body = request.json.reveal()
        var post = HTTPClientRequest(url: url)
        post.method = .POST
        post.headers.add(name: "Content-Type", value: "application/json")
        post.headers.add(name: "User-Agent", value: "holdfast")
        let signature = SHA256.authenticate(body, key: Array(key.reveal().utf8))
        post.headers.add(name: "Holdfast-Signature", value: "v1=\(Hexadecimal.encode(signature))")
        post.body = .bytes(ByteBuffer(bytes: body))
        let service = WebService(timeout: timeout, answerByteCountMax: ProviderAnswer.byteCountMax)
        do throws(WebServiceError) {
            let answer = try await service.send(post)
            switch answer.status {
            case 200..<300: return ProviderAnswer.parse(answer.body)
            case 429, 503:
                let seconds = answer.headers.first(name: "Retry-After").flatMap { Int64($0) }
                return .later(after: seconds.map { min(max(.seconds($0), .seconds(1)), .seconds(3600)) })
            default: return .failed("the provider answered \(answer.status)")
            }
        } catch {
            return switch error {
            case .stopped: .stopped
            case .late: .tooLate
            case .large: .failed("the answer is larger than \(ProviderAnswer.byteCountMax) bytes")
            case .unreachable(let reason):
                .failed("the provider was not reached: \(ProviderAnswer.printable(reason))")
            }
        }
    }
}

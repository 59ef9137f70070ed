import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OutboundHTTP

/// Posts to OCSP responders (RFC 6960, appendix A.1).
struct OCSPService: Sendable {
    private let service = WebService(timeout: .seconds(4), answerByteCountMax: 64 << 10)

    /// - Returns: nil without an answer of a responder's.
    func ask(_ address: String, _ question: [UInt8]) async -> [UInt8]? {
        let lower = address.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else { return nil }
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/ocsp-request")
        request.headers.add(name: "User-Agent", value: "holdfast")
        request.body = .bytes(ByteBuffer(bytes: question))
        guard let answer = try? await service.sendPersistently(request), answer.status == 200 else { return nil }
        return answer.body
    }
}

import HTTPTypes
import Hummingbird

/// An error as the caller sees it: a problem document (RFC 9457) with a `type` that stays the same for ever.
struct Problem: Error, Sendable {
    let status: HTTPResponse.Status
    /// The last part of `urn:holdfast:problem:NAME`.
    let name: String
    let title: String
    /// What the caller can do about it; never anything that only a log may hold.
    let detail: String?
    var retryAfter: Duration?
    /// How to authenticate, in an answer of 401.
    var challenge = "Bearer"
    /// The methods that there are, in an answer of 405.
    var allow: [String] = []

    init(
        _ status: HTTPResponse.Status,
        _ name: String,
        title: String,
        detail: String? = nil,
        retryAfter: Duration? = nil
    ) {
        self.status = status
        self.name = name
        self.title = title
        self.detail = detail
        self.retryAfter = retryAfter
    }
}

extension Problem: HTTPResponseError {
    func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = JSONResponse.make(bytes: try bytes(), status: status)
        response.headers[.contentType] = "application/problem+json"
        if let retryAfter { response.headers[.retryAfter] = String(max(1, retryAfter.components.seconds)) }
        if status == .methodNotAllowed { response.headers[.allow] = allow.joined(separator: ", ") }
        if status == .unauthorized { response.headers[.wwwAuthenticate] = challenge }
        return response
    }

    /// The document.
    func bytes() throws -> [UInt8] {
        try JSONResponse.bytes(
            Document(type: "urn:holdfast:problem:\(name)", title: title, status: status.code, detail: detail)
        )
    }

    private struct Document: Encodable {
        let type: String
        let title: String
        let status: Int
        let detail: String?
    }
}

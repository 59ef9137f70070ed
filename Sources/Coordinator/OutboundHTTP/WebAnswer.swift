import NIOHTTP1

/// What a service answered, whole.
public struct WebAnswer: Hashable, Sendable {
    public let status: Int
    public let headers: HTTPHeaders
    public let body: [UInt8]

    public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public var isSuccess: Bool { (200..<300).contains(status) }

    /// Whether the same request may be answered otherwise a little later: 408, 409, 429 and 5xx.
    public var mayPass: Bool { [408, 409, 429].contains(status) || status >= 500 }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(status)
        hasher.combine(body)
    }
}

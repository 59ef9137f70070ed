import Foundation

/// An answer, read whole.
public struct HTTPResponse: Sendable {
    public let status: Int
    /// Names in lower case.
    public let headers: [String: String]
    public let body: [UInt8]

    public var text: String { String(decoding: body, as: UTF8.self) }

    public func json() throws -> [String: Any] {
        let value = try? JSONSerialization.jsonObject(with: Data(body))
        return try unwrap(value as? [String: Any], "not a JSON object (\(status)): \(text.prefix(300))")
    }
}

import COpenSSL

/// OpenSSL's error queue of this thread, emptied: the library says why there, not in return codes.
public struct OpenSSLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done.
    public let operation: String
    /// The oldest error, which is the cause, first.
    public let reasons: [String]

    init(_ operation: String) {
        self.operation = operation
        reasons = Self.drain()
    }

    /// A queue left full by a call would be blamed on the next one.
    @discardableResult
    static func drain() -> [String] {
        var reasons: [String] = []
        while case let code = ERR_get_error(), code != 0 {
            reasons.append(ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)")
        }
        return reasons
    }

    public var description: String {
        reasons.isEmpty ? "\(operation) failed" : "\(operation): \(reasons.joined(separator: ", "))"
    }
}

import OutboundHTTP

/// Why the object store did not do what it was asked.
public enum ObjectStoreError: Error, Hashable, Sendable {
    case unreachable(WebServiceError)
    /// With S3's own word for it, such as `AccessDenied`; empty where it gave none.
    case refused(status: Int, code: String)
    case malformedAnswer

    /// Whether whoever asked was told to stop meanwhile.
    public var isCancellation: Bool { self == .unreachable(.stopped) }

    var isMissingBucket: Bool {
        guard case .refused(404, let code) = self else { return false }
        return code == "NoSuchBucket" || code.isEmpty
    }
}

extension ObjectStoreError: CustomStringConvertible {
    /// Holds nothing of a customer's: no key, and no URL.
    public var description: String {
        switch self {
        case .unreachable(.late): "no answer in time"
        case .unreachable(.stopped): "stopped while waiting"
        case .unreachable(.large), .malformedAnswer: "an answer that is not S3's"
        case .unreachable(.unreachable(let reason)): reason
        case .refused(let status, let code): code.isEmpty ? "status \(status)" : "\(code) (\(status))"
        }
    }
}

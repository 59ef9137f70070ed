/// Why the App Store Server API gave no answer that can be used. None of it says anything about a subscription.
public enum AppleAPIError: Error, Hashable, Sendable {
    /// After the last attempt. 401 means the key; 404 another app or environment.
    case status(Int)
    case unreachable
    case malformedAnswer
}

extension AppleAPIError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .status(401): "the App Store refused the key: check appstore-key, apple.key_id and apple.issuer_id"
        case .status(let code): "the App Store answered \(code)"
        case .unreachable: "the App Store cannot be reached"
        case .malformedAnswer: "the App Store's answer is not of the documented form"
        }
    }
}

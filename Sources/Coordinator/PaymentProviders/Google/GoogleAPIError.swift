import OutboundHTTP

/// Why Google Play gave no answer that can be used. None of it says anything about a subscription.
public enum GoogleAPIError: Error, Hashable, Sendable {
    /// After the last attempt. 403 means the service account's permissions in the Play Console.
    case status(Int)
    /// The service account's key was not accepted.
    case refusedAccount
    case unreachable
    case malformedAnswer
}

extension GoogleAPIError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .status(401), .status(403): "Google refused: check the service account's permissions in the Play Console"
        case .status(let code): "Google answered \(code)"
        case .refusedAccount: "Google did not accept the service account's key"
        case .unreachable: "Google cannot be reached"
        case .malformedAnswer: "Google's answer is not of the documented form"
        }
    }
}

extension GoogleAPIError: StoreTrouble {
    var trouble: StoreTroubleKind? {
        switch self {
        case .status(401), .status(403), .refusedAccount: .refused
        case .status(let code) where WebAnswer(status: code).mayPass: .overloaded
        case .unreachable: .overloaded
        case .status, .malformedAnswer: nil
        }
    }
}

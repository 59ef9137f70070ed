import OutboundHTTP

/// Why Stripe gave no answer that can be used. None of it says anything about a subscription.
public enum StripeAPIError: Error, Hashable, Sendable {
    /// After the last attempt. 401 and 403 mean the key; 404 an object that this account or mode does not have.
    case status(Int)
    /// No answer: a name that does not resolve, a refused connection, a time-out.
    case unreachable
    case malformedAnswer
    /// A list that goes on beyond all reason: what rests on the whole of it is not decided.
    case endlessList
    /// Nothing was asked.
    case noKey
}

extension StripeAPIError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .status(401), .status(403): "Stripe refused the API key: check its permissions and its mode"
        case .status(let code): "Stripe answered \(code)"
        case .unreachable: "Stripe cannot be reached"
        case .endlessList: "a list of Stripe's has no end"
        case .noKey: "there is no API key to ask Stripe with"
        case .malformedAnswer: "Stripe's answer is not of the documented form"
        }
    }
}

extension StripeAPIError: StoreTrouble {
    var trouble: StoreTroubleKind? {
        switch self {
        case .status(401), .status(403): .refused
        case .status(let code) where WebAnswer(status: code).mayPass: .overloaded
        case .unreachable: .overloaded
        case .status, .malformedAnswer, .endlessList, .noKey: nil
        }
    }
}

/// What is wrong with a JWS.
public enum JWSProblem: Error, Hashable, Sendable {
    case tooLong
    /// Not three segments of base64url, or a header that is not the JSON of one.
    case malformed
    /// A header that must be understood, and is not.
    case unknownExtension
    /// `none`, one that is not accepted, or not the key's.
    case algorithm
    case signature
}

extension JWSProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLong: "too long"
        case .malformed: "not a JWS in compact form"
        case .unknownExtension: "it has a header that must be understood, and is not"
        case .algorithm: "not signed with the expected algorithm"
        case .signature: "the signature is not of this key"
        }
    }
}

import JOSE

/// Why a text is not taken for one that the App Store has signed.
enum AppleSignatureProblem: Error, Hashable, Sendable {
    case jws(JWSProblem)
    /// Not exactly three certificates: the signer's, Apple's intermediate, and a root.
    case chainLength(Int)
    /// One of them is not DER of a certificate.
    case certificate
    /// No path to the configured root by RFC 5280, or one that is not Apple's for the App Store.
    case chain
    /// The signer's key is not of P-256.
    case key
    /// The payload is not JSON that says when it was signed.
    case payload
    /// Apple has taken one of its certificates back.
    case revoked
    /// Nobody says now whether they were taken back: to be asked again.
    case revocationUnknown
}

extension AppleSignatureProblem: CustomStringConvertible {
    var description: String {
        switch self {
        case .jws(let problem): "\(problem)"
        case .chainLength(let count): "it comes with \(count) certificates, and not with three"
        case .certificate: "one of its certificates is none"
        case .chain: "its certificates do not lead to the configured root as the App Store's do"
        case .key: "its signer's key is not of P-256"
        case .revoked: "one of its certificates was revoked"
        case .revocationUnknown: "nobody says whether its certificates were revoked"
        case .payload: "it does not say when it was signed"
        }
    }
}

import FoundationEssentials
import JOSE
import Model

/// The bearer token of a Pub/Sub push (cloud.google.com/pubsub/docs/authenticate-push-subscriptions): an OpenID Connect
/// token of Google's, for our address, made for the account that the subscription was given.
enum GooglePushToken {
    /// Between Google's clock and ours.
    static let leeway: Duration = .seconds(60)

    /// Whom and what a token must name.
    struct Expectation: Hashable, Sendable {
        /// As configured at the push subscription, character by character.
        let audience: String
        /// The e-mail address of the service account. Without it anybody with a Google account could push.
        let account: String
    }

    private struct Claims: Decodable {
        let iss: String
        let aud: String
        let exp: Int64
        let iat: Int64
        let email: String?
        let email_verified: Bool?
    }

    /// - Parameter key: the signer's key of the token's `kid`.
    static func verify(
        _ token: CompactJWS,
        key: VerificationKey,
        expectation: Expectation,
        now: Timestamp
    ) throws(GooglePushProblem) {
        guard key.algorithm == .rs256 else { throw .signature }
        do throws(JWSProblem) {
            try token.verify(with: key)
        } catch {
            throw .signature
        }
        guard JSONDepth.isAtMost(8, token.payload),
            let claims = try? JSONDecoder().decode(Claims.self, from: Data(token.payload))
        else { throw .malformed }
        guard ["accounts.google.com", "https://accounts.google.com"].contains(claims.iss) else { throw .issuer }
        guard claims.aud == expectation.audience else { throw .audience }
        guard claims.email == expectation.account, claims.email_verified == true else { throw .account }
        guard let expiry = UnixTime.timestamp(claims.exp), let issued = UnixTime.timestamp(claims.iat),
            now < expiry + leeway, issued <= now + leeway
        else { throw .time }
    }
}

/// Why a push is not taken for one of Google's to us.
enum GooglePushProblem: Error, Hashable, Sendable {
    case malformed
    case unknownKey
    case signature
    case issuer
    case audience
    /// Another account's, or one whose address is not verified.
    case account
    /// Expired, or of the future.
    case time
}

extension GooglePushProblem: CustomStringConvertible {
    var description: String {
        switch self {
        case .malformed: "no token of the expected form"
        case .unknownKey: "signed with a key that Google does not publish"
        case .signature: "the signature does not match"
        case .issuer: "not issued by Google's accounts"
        case .audience: "made for another address"
        case .account: "made for another account than google.push_account"
        case .time: "expired, or of the future"
        }
    }
}

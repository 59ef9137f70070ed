import Cryptography
import Foundation
import Model

/// Signs an event as Stripe does: HMAC-SHA256 over the time, a dot and the body, keyed by the endpoint's secret.
///
/// Source: <https://docs.stripe.com/webhooks#verify-manually>
public struct StripeSigner: Sendable {
    /// The whole `whsec_…` text is the key.
    public let secret: String

    public init(secret: String) {
        self.secret = secret
    }

    /// - Returns: the value of `Stripe-Signature`.
    public func header(for event: StripeEvent, at time: Int = Int(Date().timeIntervalSince1970)) -> String {
        let tag = SHA256.authenticate(Array("\(time).".utf8) + event.body, key: Array(secret.utf8))
        return "t=\(time),v1=\(Hexadecimal.encode(tag))"
    }
}

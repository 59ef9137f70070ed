import Cryptography
import Model
import Store

/// A subscription token, shown once.
struct TokenResource: Encodable {
    let token: String
    let subscription_id: String

    init(_ claimed: ClaimedToken) {
        token = claimed.token.text.reveal()
        subscription_id = "\(claimed.subscription)"
    }
}

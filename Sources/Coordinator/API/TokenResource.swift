import Cryptography
import HTTPTypes
import Hummingbird
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

    static func response(_ claimed: ClaimedToken) throws -> Response {
        let answer = try StoredAnswer(TokenResource(claimed), status: .created)
        return claimed.isRepeated ? answer.repeated : answer.response
    }
}

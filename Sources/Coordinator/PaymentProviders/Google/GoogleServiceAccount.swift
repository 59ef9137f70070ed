import FoundationEssentials
import JOSE
import Model

/// The account that asks Google Play for us: the JSON file that Google Cloud hands out once.
public struct GoogleServiceAccount: Sendable {
    let email: String
    let keyID: String?
    let key: SigningKey
    /// Where assertions are traded for access tokens.
    let tokenAddress: String

    public init(json: Secret<String>) throws(MalformedServiceAccount) {
        struct Document: Decodable {
            let client_email: String
            let private_key: String
            let private_key_id: String?
            let token_uri: String
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(json.reveal().utf8)) else {
            throw .fields
        }
        do {
            key = try SigningKey(pem: Secret(document.private_key), for: .rs256)
        } catch {
            throw .key
        }
        email = document.client_email
        keyID = document.private_key_id
        tokenAddress = document.token_uri
    }
}

/// What is wrong with a service account's file. Says nothing of what it holds.
public enum MalformedServiceAccount: Error, Hashable, Sendable, CustomStringConvertible {
    case fields
    case key

    public var description: String {
        switch self {
        case .fields: "not the JSON key file of a Google service account"
        case .key: "private_key is not an RSA key in PEM form"
        }
    }
}

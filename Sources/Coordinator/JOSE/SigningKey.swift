import Crypto
import CryptoExtras
import FoundationEssentials
import Model

/// A private key that signs what is shown to a store.
public struct SigningKey: Sendable {
    private enum Key: Sendable {
        case p256(P256.Signing.PrivateKey)
        case rsa(_RSA.Signing.PrivateKey)
    }

    private struct Header: Encodable {
        let alg: String
        let kid: String?
        let typ = "JWT"
    }

    private let key: Key

    /// - Parameter pem: PKCS #8: a `.p8` file of the App Store's, or `private_key` of a Google service account. An RSA
    ///   key has at least 2,048 bits.
    public init(pem: Secret<String>, for algorithm: JWSAlgorithm) throws(MalformedSigningKey) {
        do {
            key =
                switch algorithm {
                case .es256: .p256(try P256.Signing.PrivateKey(pemRepresentation: pem.reveal()))
                case .rs256: .rsa(try _RSA.Signing.PrivateKey(pemRepresentation: pem.reveal()))
                }
        } catch {
            throw MalformedSigningKey(algorithm: algorithm)
        }
    }

    public var verificationKey: VerificationKey {
        switch key {
        case .p256(let key): .p256(key.publicKey)
        case .rsa(let key): .rsa(key.publicKey)
        }
    }

    /// - Parameters:
    ///   - keyID: the header's `kid`.
    ///   - payload: encoded as JSON with sorted keys.
    /// - Returns: the JWS in compact form.
    public func sign(_ payload: some Encodable, keyID: String?) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let header = try encoder.encode(Header(alg: verificationKey.algorithm.rawValue, kid: keyID))
        let input = try [header, encoder.encode(payload)].map { Base64.encode($0, .urlSafe) }.joined(separator: ".")
        let message = Data(input.utf8)
        let signature: Data =
            switch key {
            case .p256(let key): try key.signature(for: message).rawRepresentation
            case .rsa(let key): try key.signature(for: message, padding: .insecurePKCS1v1_5).rawRepresentation
            }
        return input + "." + Base64.encode(signature, .urlSafe)
    }
}

/// A text that is not a private key for the algorithm. Says nothing of the text.
public struct MalformedSigningKey: Error, Hashable, Sendable, CustomStringConvertible {
    public let algorithm: JWSAlgorithm

    public var description: String { "not a PEM private key for \(algorithm.rawValue)" }
}

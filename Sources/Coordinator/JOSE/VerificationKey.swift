import Crypto
import CryptoExtras
import FoundationEssentials

/// A public key, which is good for one algorithm only: a JWS cannot choose another.
public enum VerificationKey: Sendable {
    case p256(P256.Signing.PublicKey)
    /// At least 2,048 bits.
    case rsa(_RSA.Signing.PublicKey)

    public var algorithm: JWSAlgorithm {
        switch self {
        case .p256: .es256
        case .rsa: .rs256
        }
    }

    func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch self {
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: message)
        case .rsa(let key):
            let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
            // The scheme that RS256 names; what is insecure of it is encryption.
            return key.isValidSignature(signature, for: message, padding: .insecurePKCS1v1_5)
        }
    }
}

import Crypto
import Model
import SwiftASN1
import X509

/// A PKCS #10 request (RFC 2986) whose signature is good: whoever made it holds the key. Only the key is used of it.
public struct CertificateRequest: Sendable {
    /// In bytes. ASN.1 in memory takes a thousand times its length, and a request for a key of ours has some 250.
    public static let byteCountMax = 4096

    public enum Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        case tooLarge
        case notDER
        case badSignature
        /// Not a curve that TLS 1.3 signs with here: P-256, P-384 or Ed25519.
        case unsupportedKey

        public var description: String {
            switch self {
            case .tooLarge: "the certificate request has more than \(CertificateRequest.byteCountMax) bytes"
            case .notDER: "the certificate request is not DER of PKCS #10"
            case .badSignature: "the certificate request is not signed by its own key"
            case .unsupportedKey: "the certificate request's key is none of P-256, P-384 and Ed25519"
            }
        }
    }

    let publicKey: Certificate.PublicKey
    /// SHA-256 of the key's SubjectPublicKeyInfo (DER).
    public let keyHash: [UInt8]

    public init(der: [UInt8]) throws(Malformed) {
        guard der.count <= Self.byteCountMax else { throw .tooLarge }
        guard let request = try? CertificateSigningRequest(derEncoded: der) else { throw .notDER }
        let publicKey = request.publicKey
        guard
            P256.Signing.PublicKey(publicKey) != nil || P384.Signing.PublicKey(publicKey) != nil
                || Curve25519.Signing.PublicKey(publicKey) != nil
        else { throw .unsupportedKey }
        guard publicKey.isValidSignature(request.signature, for: request) else { throw .badSignature }
        var serializer = DER.Serializer()
        do { try serializer.serialize(publicKey) } catch { throw .notDER }
        self.publicKey = publicKey
        keyHash = Array(SHA256.hash(data: serializer.serializedBytes))
    }
}

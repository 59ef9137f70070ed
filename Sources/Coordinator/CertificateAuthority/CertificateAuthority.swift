import Crypto
import FoundationEssentials
import Model
import SwiftASN1
import X509

/// The authority that signs the certificates of nodes and of the coordinator itself: one P-256 key, no intermediates.
///
/// Nodes pin its key's hash at enrolment, so the key must outlive the certificates it signs.
public struct CertificateAuthority: Sendable {
    public static let commonName = "Holdfast node authority"
    /// The name that agents ask for, whatever address they dial.
    public static let coordinatorName = "holdfast-coordinator"
    /// How far before its issue a certificate is good already: nodes' clocks are not exact.
    static let backdating: Duration = .seconds(300)

    public enum Malformed: Error, Hashable, Sendable {
        case certificate
        case privateKey
        /// The key is not the certificate's, or the certificate is not an authority's.
        case mismatch
    }

    let certificate: Certificate
    let privateKey: Certificate.PrivateKey
    private let key: P256.Signing.PrivateKey
    /// The certificate, for those who must trust it.
    public let certificateDER: [UInt8]
    /// SHA-256 of the key's SubjectPublicKeyInfo (DER): 32 bytes, the pin in a join token.
    public let pin: [UInt8]

    /// A new authority, good for ten years.
    ///
    /// - Throws: only what the encoder throws; the values are our own.
    public static func generate(now: Timestamp) throws -> CertificateAuthority {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName(Self.commonName) }
        let publicKey = Certificate.PublicKey(key.publicKey)
        let certificate = try Certificate(
            version: .v3,
            serialNumber: .init(bytes: SerialNumber.random().bytes),
            publicKey: publicKey,
            notValidBefore: (now - Self.backdating).date,
            notValidAfter: (now + .seconds(3650 * 86_400)).date,
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: publicKey)
            },
            issuerPrivateKey: .init(key)
        )
        return try CertificateAuthority(certificate: certificate, key: key)
    }

    /// - Parameters:
    ///   - certificate: PEM, as `certificatePEM` gives it.
    ///   - privateKey: PEM (PKCS #8 or SEC 1) of the P-256 key.
    public init(certificate: String, privateKey: Secret<String>) throws(Malformed) {
        guard let parsed = try? Certificate(pemEncoded: certificate) else { throw .certificate }
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: privateKey.reveal()) else {
            throw .privateKey
        }
        guard parsed.publicKey == .init(key.publicKey),
            case .isCertificateAuthority? = try? parsed.extensions.basicConstraints
        else { throw .mismatch }
        do {
            try self.init(certificate: parsed, key: key)
        } catch {
            throw .certificate
        }
    }

    private init(certificate: Certificate, key: P256.Signing.PrivateKey) throws {
        self.certificate = certificate
        self.key = key
        privateKey = .init(key)
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        certificateDER = serializer.serializedBytes
        pin = Array(SHA256.hash(data: key.publicKey.derRepresentation))
    }

    public var certificatePEM: String {
        PEMDocument(type: "CERTIFICATE", derBytes: certificateDER).pemString
    }

    public var privateKeyPEM: Secret<String> { Secret(key.pemRepresentation) }
}

extension Timestamp {
    /// To whole seconds, which is what certificates hold.
    var date: Date { Date(timeIntervalSince1970: Double(seconds)) }
}

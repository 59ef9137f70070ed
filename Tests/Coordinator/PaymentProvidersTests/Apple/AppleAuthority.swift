import Crypto
import FoundationEssentials
import Model
import SwiftASN1
import X509

@testable import PaymentProviders

/// A chain like the App Store's, under a root of the test's own. Each argument is what a forger may change.
struct AppleAuthority {
    struct Flaws {
        var signerMark = true
        var intermediateMark = true
        var intermediateIsAuthority = true
        /// Relative to the moment of signing, in days.
        var signerDays = -10.0...400.0
        var intermediateDays = -1000.0...1000.0
        /// What the certificates name as their OCSP responder.
        var responder: String?
    }

    static let signedAt: Int64 = 1_700_000_000

    let rootKey: P256.Signing.PrivateKey
    let root: [UInt8]
    let intermediate: [UInt8]
    let intermediateKey: P256.Signing.PrivateKey
    let signer: [UInt8]
    let signerKey: P256.Signing.PrivateKey

    init(_ flaws: Flaws = Flaws()) throws {
        rootKey = P256.Signing.PrivateKey()
        intermediateKey = P256.Signing.PrivateKey()
        signerKey = P256.Signing.PrivateKey()
        let rootName = try DistinguishedName { CommonName("A Root CA - G3") }
        let intermediateName = try DistinguishedName { CommonName("Developer Relations CA") }
        let signerName = try DistinguishedName { CommonName("App Store and iTunes Store Receipt Signing") }
        root = try Self.certificate(
            rootKey.publicKey,
            rootName,
            issuer: rootName,
            by: rootKey,
            days: -3000...3000,
            try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            }
        )
        intermediate = try Self.certificate(
            intermediateKey.publicKey,
            intermediateName,
            issuer: rootName,
            by: rootKey,
            days: flaws.intermediateDays,
            try Self.extensions(
                isAuthority: flaws.intermediateIsAuthority,
                mark: flaws.intermediateMark ? AppStoreMarks.intermediate : nil,
                responder: flaws.responder
            )
        )
        signer = try Self.certificate(
            signerKey.publicKey,
            signerName,
            issuer: intermediateName,
            by: intermediateKey,
            days: flaws.signerDays,
            try Self.extensions(
                isAuthority: false,
                mark: flaws.signerMark ? AppStoreMarks.signer : nil,
                responder: flaws.responder
            )
        )
    }

    private static func extensions(
        isAuthority: Bool,
        mark: ASN1ObjectIdentifier?,
        responder: String?
    ) throws -> Certificate.Extensions {
        var extensions = try Certificate.Extensions {
            if isAuthority {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            } else {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
            }
        }
        if let responder {
            let access = AuthorityInformationAccess([
                .init(method: .ocspServer, location: .uniformResourceIdentifier(responder))
            ])
            try extensions.append(Certificate.Extension(access, critical: false))
        }
        // The mark's value is NULL.
        if let mark { try extensions.append(Certificate.Extension(oid: mark, critical: false, value: [5, 0])) }
        return extensions
    }

    private static func certificate(
        _ key: P256.Signing.PublicKey,
        _ subject: DistinguishedName,
        issuer: DistinguishedName,
        by issuerKey: P256.Signing.PrivateKey,
        days: ClosedRange<Double>,
        _ extensions: Certificate.Extensions
    ) throws -> [UInt8] {
        var extensions = extensions
        // OpenSSL's strict mode, in which Apple's own library verifies, wants both (RFC 5280, section 4.2.1.1).
        let subjectKey = SubjectKeyIdentifier(hash: .init(key))
        let authorityKey = SubjectKeyIdentifier(hash: .init(issuerKey.publicKey))
        try extensions.append(.init(subjectKey, critical: false))
        try extensions.append(
            .init(AuthorityKeyIdentifier(keyIdentifier: authorityKey.keyIdentifier), critical: false)
        )
        let moment = Date(timeIntervalSince1970: Double(signedAt))
        let certificate = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: .init(key),
            notValidBefore: moment.addingTimeInterval(days.lowerBound * 86_400),
            notValidAfter: moment.addingTimeInterval(days.upperBound * 86_400),
            issuer: issuer,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions,
            issuerPrivateKey: .init(issuerKey)
        )
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }

    /// - Parameters:
    ///   - payload: JSON.
    ///   - chain: the certificates that come with it; nil for the right ones.
    func sign(
        _ payload: String = #"{"signedDate": 1700000000000, "bundleId": "org.example.vpn"}"#,
        chain: [[UInt8]]? = nil,
        algorithm: String = "ES256",
        key: P256.Signing.PrivateKey? = nil
    ) throws -> String {
        let chain = (chain ?? [signer, intermediate, root]).map { "\"\(Base64.encode($0))\"" }.joined(separator: ",")
        let header = #"{"alg":"\#(algorithm)","x5c":[\#(chain)]}"#
        let input = [header, payload].map { Base64.encode(Array($0.utf8), .urlSafe) }.joined(separator: ".")
        let signature = try (key ?? signerKey).signature(for: Data(input.utf8)).rawRepresentation
        return input + "." + Base64.encode(signature, .urlSafe)
    }
}

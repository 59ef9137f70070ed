import Crypto
import Model
import SwiftASN1
import X509

extension CertificateAuthority {
    /// A node's certificate: its name is the node's id, whatever the request asks for.
    ///
    /// - Parameter lifetime: from `now` on; DESIGN.md says 30 days.
    public func issueNodeCertificate(
        _ request: CertificateRequest,
        for node: NodeID,
        now: Timestamp,
        lifetime: Duration
    ) throws -> NodeCertificate {
        let serial = SerialNumber.random()
        let expiresAt = Timestamp(seconds: (now + lifetime).seconds)
        let der = try sign(
            request.publicKey,
            serial: serial,
            commonName: node.description,
            alternativeName: .uniformResourceIdentifier("urn:uuid:\(node)"),
            usage: .clientAuth,
            validity: min(now, expiresAt) - Self.backdating...expiresAt
        )
        return NodeCertificate(der: der, serial: serial.bytes, issuedAt: now, expiresAt: expiresAt)
    }

    /// A certificate and a new key for an operator.
    public func issueOperatorCertificate(
        for name: OperatorName,
        now: Timestamp,
        lifetime: Duration
    ) throws -> OperatorCertificate {
        let key = P256.Signing.PrivateKey()
        let serial = SerialNumber.random()
        let expiresAt = Timestamp(seconds: (now + lifetime).seconds)
        let der = try sign(
            .init(key.publicKey),
            serial: serial,
            commonName: name.text,
            alternativeName: .uniformResourceIdentifier(Self.operatorPrefix + name.text),
            usage: .clientAuth,
            validity: min(now, expiresAt) - Self.backdating...expiresAt
        )
        return OperatorCertificate(
            certificatePEM: PEMDocument(type: "CERTIFICATE", derBytes: der).pemString,
            privateKeyPEM: Secret(key.pemRepresentation),
            serial: serial.bytes,
            issuedAt: now,
            expiresAt: expiresAt
        )
    }

    /// A certificate and a new key for a listener of the coordinator's.
    public func issueServerCertificate(now: Timestamp, lifetime: Duration) throws -> ServerCertificate {
        let key = P256.Signing.PrivateKey()
        let expiresAt = Timestamp(seconds: (now + lifetime).seconds)
        let der = try sign(
            .init(key.publicKey),
            serial: .random(),
            commonName: Self.coordinatorName,
            alternativeName: .dnsName(Self.coordinatorName),
            usage: .serverAuth,
            validity: min(now, expiresAt) - Self.backdating...expiresAt
        )
        return ServerCertificate(
            der: der,
            privateKeyPEM: Secret(key.pemRepresentation),
            issuedAt: now,
            expiresAt: expiresAt
        )
    }

    private func sign(
        _ publicKey: Certificate.PublicKey,
        serial: SerialNumber,
        commonName: String,
        alternativeName: GeneralName,
        usage: ExtendedKeyUsage.Usage,
        validity: ClosedRange<Timestamp>
    ) throws -> [UInt8] {
        let issued = try Certificate(
            version: .v3,
            serialNumber: .init(bytes: serial.bytes),
            publicKey: publicKey,
            notValidBefore: validity.lowerBound.date,
            notValidAfter: validity.upperBound.date,
            issuer: certificate.subject,
            subject: DistinguishedName { CommonName(commonName) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([usage])
                SubjectAlternativeNames([alternativeName])
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier)
            },
            issuerPrivateKey: privateKey
        )
        var serializer = DER.Serializer()
        try serializer.serialize(issued)
        return serializer.serializedBytes
    }
}

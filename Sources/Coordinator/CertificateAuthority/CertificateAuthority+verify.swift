import FoundationEssentials
import Model
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

extension CertificateAuthority {
    /// Checks a node's certificate up to this authority. That the client holds the key is for TLS to prove.
    public func verify(client der: [UInt8], now: Timestamp) async throws(CertificateRefusal) -> PresentedCertificate {
        let (leaf, isCurrent) = try await verifiedLeaf(der, now: now, otherwise: .notANode)
        guard let name = Self.soleURI(of: leaf), name.hasPrefix("urn:uuid:"),
            let nodeID = NodeID(name.dropFirst("urn:uuid:".count))
        else { throw .notANode }
        let begin = Timestamp(seconds: Int64(leaf.notValidBefore.timeIntervalSince1970))
        return PresentedCertificate(
            nodeID: nodeID,
            serial: Array(leaf.serialNumber.bytes),
            issuedAt: begin + Self.backdating,
            isCurrent: isCurrent
        )
    }

    /// Checks an operator's certificate up to this authority. That the client holds the key is for TLS to prove.
    public func verify(
        operator der: [UInt8],
        now: Timestamp
    ) async throws(CertificateRefusal) -> PresentedOperator {
        let (leaf, isCurrent) = try await verifiedLeaf(der, now: now, otherwise: .notAnOperator)
        guard let name = Self.soleURI(of: leaf), name.hasPrefix(Self.operatorPrefix),
            let operatorName = OperatorName(name.dropFirst(Self.operatorPrefix.count))
        else { throw .notAnOperator }
        return PresentedOperator(name: operatorName, serial: Array(leaf.serialNumber.bytes), isCurrent: isCurrent)
    }

    /// In bytes. TLS lets anybody present 100 KB of ASN.1, and ours have less than 1 KB.
    static let certificateByteCountMax = 4096

    static let operatorPrefix = "urn:holdfast:operator:"

    /// The path is checked as of the certificate's own nearest valid second, so that a matter of the clock alone is told
    /// apart from every other fault.
    private func verifiedLeaf(
        _ der: [UInt8],
        now: Timestamp,
        otherwise stranger: CertificateRefusal
    ) async throws(CertificateRefusal) -> (Certificate, isCurrent: Bool) {
        guard der.count <= Self.certificateByteCountMax, let leaf = try? Certificate(derEncoded: der) else {
            throw .notACertificate
        }
        guard leaf.notValidBefore <= leaf.notValidAfter else { throw .notTrusted }
        let checkedAt = max(min(now.date, leaf.notValidAfter), leaf.notValidBefore)
        // The verifier would accept the authority's own certificate as a leaf.
        guard leaf.publicKey != certificate.publicKey else { throw stranger }
        var verifier = Verifier(rootCertificates: CertificateStore([certificate])) {
            RFC5280Policy(fixedExpiryValidationTime: checkedAt)
        }
        guard case .validCertificate = await verifier.validate(leaf: leaf, intermediates: CertificateStore()) else {
            throw .notTrusted
        }
        guard let usages = try? leaf.extensions.extendedKeyUsage, usages.contains(.clientAuth) else {
            throw .notTrusted
        }
        return (leaf, checkedAt == now.date)
    }

    private static func soleURI(of leaf: Certificate) -> String? {
        guard let names = try? leaf.extensions.subjectAlternativeNames, names.count == 1,
            case .uniformResourceIdentifier(let uri)? = names.first
        else { return nil }
        return uri
    }
}

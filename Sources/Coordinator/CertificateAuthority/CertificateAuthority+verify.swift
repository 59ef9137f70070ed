import FoundationEssentials
import Model
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

extension CertificateAuthority {
    /// Checks a client's certificate up to this authority.
    ///
    /// The path is checked as of the certificate's own nearest valid second, so that a matter of the clock alone is told
    /// apart from every other fault. That the client holds the key is for TLS to prove.
    public func verify(client der: [UInt8], now: Timestamp) async throws(CertificateRefusal) -> PresentedCertificate {
        guard let leaf = try? Certificate(derEncoded: der) else { throw .notACertificate }
        guard leaf.notValidBefore <= leaf.notValidAfter else { throw .notTrusted }
        let checkedAt = max(min(now.date, leaf.notValidAfter), leaf.notValidBefore)
        // The verifier would accept the authority's own certificate as a leaf.
        guard leaf.publicKey != certificate.publicKey else { throw .notANode }
        var verifier = Verifier(rootCertificates: CertificateStore([certificate])) {
            RFC5280Policy(fixedExpiryValidationTime: checkedAt)
        }
        guard case .validCertificate = await verifier.validate(leaf: leaf, intermediates: CertificateStore()) else {
            throw .notTrusted
        }
        guard let usages = try? leaf.extensions.extendedKeyUsage, usages.contains(.clientAuth) else {
            throw .notTrusted
        }
        guard let nodeID = Self.nodeID(of: leaf) else { throw .notANode }
        return PresentedCertificate(
            nodeID: nodeID,
            serial: Array(leaf.serialNumber.bytes),
            isCurrent: checkedAt == now.date
        )
    }

    private static func nodeID(of leaf: Certificate) -> NodeID? {
        guard let names = try? leaf.extensions.subjectAlternativeNames, names.count == 1,
            case .uniformResourceIdentifier(let uri)? = names.first, uri.hasPrefix("urn:uuid:")
        else { return nil }
        return NodeID(uri.dropFirst("urn:uuid:".count))
    }
}

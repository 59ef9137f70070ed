import Crypto
import FoundationEssentials
import JOSE
import Model
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// Verifies what the App Store signs: notifications, and the transactions and renewals within them.
///
/// Where nobody is asked for revocations, the certificates are judged as of the moment that the payload names as that of
/// its signing, so that a notification that was delayed stays good when the signer's certificate has expired.
struct AppleSignatures: Sendable {
    /// A notification holds two more signed texts, each with its certificates: some 20 KB.
    static let byteCountMax = 128 << 10

    private let root: Certificate

    /// - Parameter root: DER of the only root that is trusted: Apple Root CA - G3, but for tests.
    init(root: [UInt8]) throws {
        self.root = try Certificate(derEncoded: root)
    }

    /// What is in a text that the App Store has signed.
    struct Verified: Sendable {
        let payload: [UInt8]
        let signedAt: Timestamp
        /// The signer's, and Apple's intermediate.
        let certificates: [Certificate]
    }

    /// - Returns: the payload, and when it was signed.
    func verify(_ text: String) async throws(AppleSignatureProblem) -> (payload: [UInt8], signedAt: Timestamp) {
        let verified = try await verify(text, at: nil)
        return (verified.payload, verified.signedAt)
    }

    /// - Parameter moment: as of which the certificates have to be good; nil for the moment of signing.
    func verify(_ text: String, at moment: Timestamp?) async throws(AppleSignatureProblem) -> Verified {
        let jws = try parse(text)
        let certificates = try certificates(jws)
        // Not to be believed yet. A forger may choose the moment, and gains nothing: he has no chain for any.
        guard let signedAt = Self.signedAt(jws.payload) else { throw .payload }
        try await verify(certificates, at: moment ?? signedAt)
        guard let key = P256.Signing.PublicKey(certificates[0].publicKey) else { throw .key }
        do throws(JWSProblem) {
            try jws.verify(with: .p256(key))
        } catch {
            throw .jws(error)
        }
        return Verified(payload: jws.payload, signedAt: signedAt, certificates: Array(certificates.prefix(2)))
    }

    private func parse(_ text: String) throws(AppleSignatureProblem) -> CompactJWS {
        do throws(JWSProblem) {
            return try CompactJWS(text, byteCountMax: Self.byteCountMax)
        } catch {
            throw .jws(error)
        }
    }

    private func certificates(_ jws: CompactJWS) throws(AppleSignatureProblem) -> [Certificate] {
        let chain = jws.header.certificates ?? []
        guard chain.count == 3 else { throw .chainLength(chain.count) }
        let parsed = chain.compactMap { try? Certificate(derEncoded: $0) }
        guard parsed.count == chain.count else { throw .certificate }
        return parsed
    }

    /// The third certificate is whatever the sender likes, and is not used.
    private func verify(_ certificates: [Certificate], at moment: Timestamp) async throws(AppleSignatureProblem) {
        let date = Date(timeIntervalSince1970: Double(moment.seconds))
        var verifier = Verifier(rootCertificates: CertificateStore([root])) {
            RFC5280Policy(fixedExpiryValidationTime: date)
            AppStoreMarks()
        }
        let result = await verifier.validate(leaf: certificates[0], intermediates: CertificateStore([certificates[1]]))
        guard case .validCertificate = result else { throw .chain }
    }

    private static func signedAt(_ payload: [UInt8]) -> Timestamp? {
        struct Document: Decodable {
            /// Milliseconds since 1970.
            let signedDate: Int64
        }
        guard JSONLimits.allow(payload),
            let document = try? JSONDecoder().decode(Document.self, from: Data(payload))
        else { return nil }
        return UnixMilliseconds.timestamp(document.signedDate)
    }
}

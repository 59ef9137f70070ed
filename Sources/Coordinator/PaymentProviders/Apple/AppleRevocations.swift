import FoundationEssentials
import Model
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// Whether Apple has taken the certificates of a signature back (OCSP, RFC 6960).
///
/// The responders are asked only about chains that lead to the configured root: it is their certificates that name them.
/// A good answer is kept for as long as it is good, so that a burst of notifications asks once.
actor AppleRevocations {
    private enum Standing: Hashable, Sendable {
        case good(until: Timestamp?)
        case revoked
        case unknown
    }

    /// Apple signs with a handful of certificates.
    private static let keptMax = 64
    private static let keptFor: Duration = .seconds(86_400)

    private let root: Certificate
    private let service: OCSPService
    private var good: [[Certificate]: Timestamp] = [:]
    private var waiting: [[Certificate]: [CheckedContinuation<Standing, Never>]] = [:]

    /// - Parameter root: DER.
    init(root: [UInt8]) throws {
        self.root = try Certificate(derEncoded: root)
        service = OCSPService()
    }

    /// - Parameter certificates: the signer's and its issuer's, of a chain that has been verified.
    /// - Throws: `.revoked`, `.revocationUnknown`.
    func check(_ certificates: [Certificate], now: Timestamp) async throws(AppleSignatureProblem) {
        if let until = good[certificates], now < until { return }
        switch await standing(certificates, now: now) {
        case .good: return
        case .revoked: throw .revoked
        case .unknown: throw .revocationUnknown
        }
    }

    /// How many chains are known to be good, for tests.
    var keptCount: Int { good.count }

    /// Those who come while somebody asks get his answer.
    private func standing(_ certificates: [Certificate], now: Timestamp) async -> Standing {
        if waiting[certificates] != nil {
            return await withCheckedContinuation { waiting[certificates]?.append($0) }
        }
        waiting[certificates] = []
        let standing = await ask(certificates, now: now)
        if case .good(let until?) = standing { keep(certificates, until: min(until, now + Self.keptFor), now: now) }
        for continuation in waiting.removeValue(forKey: certificates) ?? [] { continuation.resume(returning: standing) }
        return standing
    }

    private func keep(_ certificates: [Certificate], until: Timestamp, now: Timestamp) {
        good = good.filter { now < $0.value }
        if good.count >= Self.keptMax, let first = good.min(by: { $0.value < $1.value }) { good[first.key] = nil }
        good[certificates] = until
    }

    /// The library fails hard on everything but a silent responder, and in soft mode on a revocation alone: so a
    /// revocation is told from an answer that is of no use.
    private func ask(_ certificates: [Certificate], now: Timestamp) async -> Standing {
        let exchange = OCSPExchange(service)
        if await passes(certificates, .hard, exchange, now: now) { return .good(until: exchange.goodUntil) }
        guard !exchange.hasFailed else { return .unknown }
        let again = OCSPExchange(service)
        let passesSoftly = await passes(certificates, .soft, again, now: now)
        return passesSoftly || again.hasFailed ? .unknown : .revoked
    }

    private func passes(
        _ certificates: [Certificate],
        _ mode: OCSPFailureMode,
        _ exchange: OCSPExchange,
        now: Timestamp
    ) async -> Bool {
        let date = Date(timeIntervalSince1970: Double(now.seconds))
        var verifier = Verifier(rootCertificates: CertificateStore([root])) {
            RFC5280Policy(fixedExpiryValidationTime: date)
            AppStoreMarks()
            OCSPVerifierPolicy(failureMode: mode, requester: exchange, fixedExpiryValidationTime: date)
        }
        let result = await verifier.validate(
            leaf: certificates[0],
            intermediates: CertificateStore(certificates.dropFirst())
        )
        guard case .validCertificate = result else { return false }
        return true
    }
}

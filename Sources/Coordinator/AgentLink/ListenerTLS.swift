import CertificateAuthority
import LinkProtocol
import Model
import NIOCore
import NIOSSL
import Synchronization

/// The listener's TLS: 1.3 only, with a certificate of the authority's that is made anew at half its life.
final class ListenerTLS: Sendable {
    private let authority: CertificateAuthority
    private let lifetime: Duration
    private let current = Mutex<(context: NIOSSLContext, madeAt: Timestamp, renewAt: Timestamp)?>(nil)

    init(authority: CertificateAuthority, lifetime: Duration) {
        self.authority = authority
        self.lifetime = lifetime
    }

    func context(now: Timestamp) throws -> NIOSSLContext {
        try current.withLock { current in
            // A clock that was ahead and was put right has left a certificate of the future.
            if let current, now < current.renewAt, now >= current.madeAt { return current.context }
            let context = try makeContext(now: now)
            current = (context, now, now + lifetime / 2)
            return context
        }
    }

    /// Any client certificate is let through TLS, which makes sure that the client holds its key; whose it is is
    /// judged afterwards, where a refusal can be put into words.
    func serverHandler(now: Timestamp) throws -> NIOSSLServerHandler {
        NIOSSLServerHandler(
            context: try context(now: now),
            customVerificationCallback: { _, promise in promise.succeed(.certificateVerified) }
        )
    }

    private func makeContext(now: Timestamp) throws -> NIOSSLContext {
        let issued = try authority.issueServerCertificate(now: now, lifetime: lifetime)
        let leaf = try NIOSSLCertificate(bytes: issued.der, format: .der)
        // The authority's own goes with it: a node that enrols knows only the hash of its key.
        let root = try NIOSSLCertificate(bytes: authority.certificateDER, format: .der)
        let key = try NIOSSLPrivateKey(bytes: Array(issued.privateKeyPEM.reveal().utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(leaf), .certificate(root)],
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateVerification = .optionalVerification
        configuration.trustRoots = .certificates([root])
        configuration.applicationProtocols = [ApplicationProtocol.link, ApplicationProtocol.enrolment]
        return try NIOSSLContext(configuration: configuration)
    }
}

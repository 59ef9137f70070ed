import CertificateAuthority
import DaemonRuntime
import Model
import NIOCore
import NIOSSL
import Synchronization

/// The operators' listener's TLS: 1.3 only, with a certificate of the authority's that is made anew at half its life.
final class AdminTLS: Sendable {
    private let authority: CertificateAuthority
    private let lifetime: Duration
    private let current = Mutex<(context: NIOSSLContext, madeAt: Timestamp, renewAt: Timestamp)?>(nil)

    init(authority: CertificateAuthority, lifetime: Duration) {
        self.authority = authority
        self.lifetime = lifetime
    }

    /// Makes the first certificate, so that a fault shows at the start.
    func prepare() throws {
        _ = try context(now: SystemClock.now())
    }

    /// Any client certificate is let through TLS, which makes sure that the client holds its key; whose it is is judged
    /// by `OperatorAuthentication`, where a refusal can be put into words. Without one there is no answer but that.
    func serverHandler() throws -> NIOSSLServerHandler {
        NIOSSLServerHandler(
            context: try context(now: SystemClock.now()),
            customVerificationCallback: { _, promise in promise.succeed(.certificateVerified) }
        )
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

    private func makeContext(now: Timestamp) throws -> NIOSSLContext {
        let issued = try authority.issueServerCertificate(now: now, lifetime: lifetime)
        let leaf = try NIOSSLCertificate(bytes: issued.der, format: .der)
        let root = try NIOSSLCertificate(bytes: authority.certificateDER, format: .der)
        let key = try NIOSSLPrivateKey(bytes: Array(issued.privateKeyPEM.reveal().utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(leaf)],
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateVerification = .optionalVerification
        configuration.trustRoots = .certificates([root])
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}

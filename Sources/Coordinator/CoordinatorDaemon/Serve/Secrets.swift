import CertificateAuthority
import Cryptography
import DaemonRuntime
import Model
import SecretStore

/// The coordinator's secrets, found or made.
struct Secrets: Sendable {
    let store: SecretStore

    init(_ settings: CoordinatorSettings) {
        store = SecretStore(directory: settings.secretsDirectory, environment: settings.environment)
    }

    func existingAuthority() throws -> CertificateAuthority? {
        try store.authority().map { try parse($0) }
    }

    /// - Parameter mayMake: false once nodes have enrolled: a new authority would lock them out.
    func authority(mayMake: Bool) throws -> CertificateAuthority {
        try parse(
            try store.authority(mayMake: mayMake) {
                let made = try CertificateAuthority.generate(now: SystemClock.now())
                return AuthoritySecrets(certificate: made.certificatePEM, privateKey: made.privateKeyPEM)
            }
        )
    }

    private func parse(_ secrets: AuthoritySecrets) throws(StartFailure) -> CertificateAuthority {
        do {
            return try CertificateAuthority(certificate: secrets.certificate, privateKey: secrets.privateKey)
        } catch .certificate {
            throw .authority(path: store.path(of: .authorityCertificate), reason: "not a certificate in PEM form")
        } catch .privateKey {
            throw .authority(path: store.path(of: .authorityKey), reason: "not a P-256 key in PEM form")
        } catch {
            throw .authority(path: store.path(of: .authorityKey), reason: "not the key of ca.crt")
        }
    }
}

import Model

/// The authority's two halves as PEM text.
public struct AuthoritySecrets: Sendable {
    public let certificate: String
    public let privateKey: Secret<String>

    public init(certificate: String, privateKey: Secret<String>) {
        self.certificate = certificate
        self.privateKey = privateKey
    }
}

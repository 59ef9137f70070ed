import Model

/// The coordinator's own certificate and its key, which never leave the memory of the process that made them.
public struct ServerCertificate: Sendable {
    public let der: [UInt8]
    public let privateKeyPEM: Secret<String>
    public let issuedAt: Timestamp
    public let expiresAt: Timestamp
}

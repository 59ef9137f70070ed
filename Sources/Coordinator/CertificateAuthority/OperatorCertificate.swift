import Model

/// A certificate and its key as they are handed to an operator. The coordinator keeps the serial alone.
public struct OperatorCertificate: Sendable {
    public let certificatePEM: String
    public let privateKeyPEM: Secret<String>
    /// 16 bytes.
    public let serial: [UInt8]
    public let issuedAt: Timestamp
    public let expiresAt: Timestamp
}

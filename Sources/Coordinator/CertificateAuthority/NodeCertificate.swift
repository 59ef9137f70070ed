import Model

/// A certificate that was issued to a node.
public struct NodeCertificate: Hashable, Sendable {
    public let der: [UInt8]
    /// 16 bytes.
    public let serial: [UInt8]
    public let issuedAt: Timestamp
    public let expiresAt: Timestamp
}

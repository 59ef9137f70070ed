import Model

/// A node's certificate that the authority did sign. Whether the node still may use it is for the database to say.
public struct PresentedCertificate: Hashable, Sendable {
    public let nodeID: NodeID
    /// 16 bytes.
    public let serial: [UInt8]
    /// To the second.
    public let issuedAt: Timestamp
    /// One that has expired, or that was issued by a clock ahead of today's, still serves to ask for a new one.
    public let isCurrent: Bool
}

/// Why a presented certificate is nobody's.
public enum CertificateRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    case notACertificate
    /// Another authority's, a forged one, or one that may not sign in as a client.
    case notTrusted
    /// Signed by the authority, but not for a node.
    case notANode
    /// Signed by the authority, but not for an operator.
    case notAnOperator

    public var description: String {
        switch self {
        case .notACertificate: "the client certificate is not DER of X.509"
        case .notTrusted: "the client certificate was not issued by this coordinator's authority"
        case .notANode: "the client certificate does not name a node"
        case .notAnOperator: "the client certificate does not name an operator"
        }
    }
}

import Model

/// A node's certificate that the authority did sign. Whether the node still may use it is for the database to say.
public struct PresentedCertificate: Hashable, Sendable {
    public let nodeID: NodeID
    /// 16 bytes.
    public let serial: [UInt8]
    /// An expired certificate still serves to ask for a new one.
    public let isExpired: Bool
}

/// Why a presented certificate is nobody's.
public enum CertificateRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    case notACertificate
    case notYetValid
    /// Another authority's, a forged one, or one that may not sign in as a client.
    case notTrusted
    /// Signed by the authority, but not for a node.
    case notANode

    public var description: String {
        switch self {
        case .notACertificate: "the client certificate is not DER of X.509"
        case .notYetValid: "the client certificate is not valid yet: check the node's and the coordinator's clocks"
        case .notTrusted: "the client certificate was not issued by this coordinator's authority"
        case .notANode: "the client certificate does not name a node"
        }
    }
}

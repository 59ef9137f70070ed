import Model

/// A node that asks to be taken in. Everything in it is checked already but the token.
public struct NodeEnrolment: Sendable {
    public let joinSecret: Secret<[UInt8]>
    public let name: String
    public let wireguardPublicKey: PublicKey
    /// SHA-256 of the TLS key's SubjectPublicKeyInfo.
    public let certificateKeyHash: [UInt8]
    public let endpoint: HostPort
    public let agentVersion: String
    /// How many peers the node may have.
    public let capacity: Int32

    public init(
        joinSecret: Secret<[UInt8]>,
        name: String,
        wireguardPublicKey: PublicKey,
        certificateKeyHash: [UInt8],
        endpoint: HostPort,
        agentVersion: String,
        capacity: Int32
    ) {
        self.joinSecret = joinSecret
        self.name = name
        self.wireguardPublicKey = wireguardPublicKey
        self.certificateKeyHash = certificateKeyHash
        self.endpoint = endpoint
        self.agentVersion = agentVersion
        self.capacity = capacity
    }

    /// What tells a retry from another node with the same token.
    var keys: [UInt8] { wireguardPublicKey.bytes + certificateKeyHash }
}

/// A node that was taken in, now or by an earlier request with the same keys.
public struct EnrolledNode: Hashable, Sendable {
    public let nodeID: NodeID
    public let region: RegionName
    /// DER.
    public let certificate: [UInt8]
}

/// Why a node was not taken in. Nothing was written.
public enum EnrolmentRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownToken
    case expiredToken
    case usedToken
    case nameInUse
    case wireGuardKeyInUse
    /// The same keys enrolled before, and the node was retired since.
    case retired

    public var description: String {
        switch self {
        case .unknownToken: "the join token is not known here"
        case .expiredToken: "the join token has expired: make a new one"
        case .usedToken: "the join token was used by another node: make a new one"
        case .nameInUse: "another node has this name: choose another, or retire that node first"
        case .wireGuardKeyInUse: "another node has this WireGuard key: remove the copied key and enrol again"
        case .retired: "this node was retired: remove its state and enrol it anew"
        }
    }
}

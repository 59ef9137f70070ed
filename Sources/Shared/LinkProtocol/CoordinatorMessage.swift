import Model

/// What the coordinator says to an agent.
public enum CoordinatorMessage: Hashable, Sendable {
    case welcome(Welcome)
    /// The answer to a heartbeat; it paces the next one, and repeats which version the node should run.
    case heartbeatReply(interval: Duration, serverTime: Timestamp, desiredVersion: String? = nil)
    case delta(Delta)
    case snapshotBegin(SnapshotHeader)
    case snapshotChunk([PeerEntry])
    case snapshotEnd(revision: Revision)
    case certificate(IssuedCertificate)
    case enrolled(Enrolment)
    /// Come back after that time; the link closes.
    case tryLater(after: Duration, reason: String)
    /// The link closes, and this is why.
    case close(reason: String)
}

/// The answer to `Hello`.
public struct Welcome: Hashable, Sendable {
    public let wireVersion: UInt32
    public let serverTime: Timestamp
    public let heartbeatInterval: Duration
    public let network: TunnelNetwork
    /// The certificate has expired: only a renewal is served on this link.
    public let renewalOnly: Bool
    /// The version of the agent that a rollout wants here; nil leaves that to the node's operator.
    public let desiredVersion: String?

    public init(
        wireVersion: UInt32,
        serverTime: Timestamp,
        heartbeatInterval: Duration,
        network: TunnelNetwork,
        renewalOnly: Bool,
        desiredVersion: String? = nil
    ) {
        self.wireVersion = wireVersion
        self.serverTime = serverTime
        self.heartbeatInterval = heartbeatInterval
        self.network = network
        self.renewalOnly = renewalOnly
        self.desiredVersion = desiredVersion
    }
}

/// Opens a snapshot: what must have arrived when it ends.
public struct SnapshotHeader: Hashable, Sendable {
    public let revision: Revision
    /// Of all entries, those that linger among them.
    public let peerCount: Int
    /// Of the entries that do not linger.
    public let digest: TableDigest
    public let allowMassRemoval: Bool

    public init(revision: Revision, peerCount: Int, digest: TableDigest, allowMassRemoval: Bool) {
        self.revision = revision
        self.peerCount = peerCount
        self.digest = digest
        self.allowMassRemoval = allowMassRemoval
    }
}

/// DER certificates: the node's own, and the authority's that signed it.
public struct IssuedCertificate: Hashable, Sendable {
    public let certificate: [UInt8]
    public let authority: [UInt8]

    public init(certificate: [UInt8], authority: [UInt8]) {
        self.certificate = certificate
        self.authority = authority
    }
}

/// What a node gets for its join token.
public struct Enrolment: Hashable, Sendable {
    public let nodeID: NodeID
    public let region: RegionName
    public let certificate: IssuedCertificate
    public let network: TunnelNetwork

    public init(nodeID: NodeID, region: RegionName, certificate: IssuedCertificate, network: TunnelNetwork) {
        self.nodeID = nodeID
        self.region = region
        self.certificate = certificate
        self.network = network
    }
}

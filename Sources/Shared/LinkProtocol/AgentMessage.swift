import Model

/// What an agent says to the coordinator.
public enum AgentMessage: Hashable, Sendable {
    case hello(Hello)
    case acknowledgement(Acknowledgement)
    case refusal(revision: Revision, reason: ChangeRefusal)
    case heartbeat(Heartbeat)
    /// DER of a PKCS #10 request (RFC 2986) with the node's new key.
    case renewalRequest(certificateRequest: [UInt8])
    case enrolmentRequest(EnrolmentRequest)
    /// The agent is about to close the link, and says why.
    case farewell(reason: String)
}

/// The first message on the link.
public struct Hello: Hashable, Sendable {
    public let wireVersion: UInt32
    public let agentVersion: String
    /// The kernel's boot id, 16 bytes: tells a restart of the agent from one of the machine.
    public let bootID: [UInt8]
    public let appliedRevision: Revision
    public let tableDigest: TableDigest
    public let wireguardPublicKey: PublicKey
    /// Where clients reach the node; nil: the address that the link comes from, with `listenPort`.
    public let endpoint: HostPort?
    public let listenPort: UInt16

    public init(
        wireVersion: UInt32,
        agentVersion: String,
        bootID: [UInt8],
        appliedRevision: Revision,
        tableDigest: TableDigest,
        wireguardPublicKey: PublicKey,
        endpoint: HostPort?,
        listenPort: UInt16
    ) {
        self.wireVersion = wireVersion
        self.agentVersion = agentVersion
        self.bootID = bootID
        self.appliedRevision = appliedRevision
        self.tableDigest = tableDigest
        self.wireguardPublicKey = wireguardPublicKey
        self.endpoint = endpoint
        self.listenPort = listenPort
    }
}

/// Everything up to `revision` is stored durably and programmed, but for the peers that the kernel refused.
public struct Acknowledgement: Hashable, Sendable {
    public let revision: Revision
    public let tableDigest: TableDigest
    public let refusedPeers: [RefusedPeer]

    public init(revision: Revision, tableDigest: TableDigest, refusedPeers: [RefusedPeer]) {
        self.revision = revision
        self.tableDigest = tableDigest
        self.refusedPeers = refusedPeers
    }
}

public struct RefusedPeer: Hashable, Sendable {
    public let publicKey: PublicKey
    /// The kernel's reason, for people.
    public let reason: String

    public init(publicKey: PublicKey, reason: String) {
        self.publicKey = publicKey
        self.reason = reason
    }
}

/// What a node asks with when it enrols. Retried with the same keys it gets the same node back.
public struct EnrolmentRequest: Hashable, Sendable {
    /// The secret part of the join token.
    public let joinSecret: Secret<[UInt8]>
    public let nodeName: String
    public let agentVersion: String
    public let wireguardPublicKey: PublicKey
    public let certificateRequest: [UInt8]
    public let endpoint: HostPort?
    public let listenPort: UInt16

    public init(
        joinSecret: Secret<[UInt8]>,
        nodeName: String,
        agentVersion: String,
        wireguardPublicKey: PublicKey,
        certificateRequest: [UInt8],
        endpoint: HostPort?,
        listenPort: UInt16
    ) {
        self.joinSecret = joinSecret
        self.nodeName = nodeName
        self.agentVersion = agentVersion
        self.wireguardPublicKey = wireguardPublicKey
        self.certificateRequest = certificateRequest
        self.endpoint = endpoint
        self.listenPort = listenPort
    }
}

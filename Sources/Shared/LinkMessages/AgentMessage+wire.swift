import FoundationEssentials
import LinkProtocol
import Model
import SwiftProtobuf

extension Holdfast_Link_V1_AgentFrame {
    init(_ message: AgentMessage) {
        self.init()
        switch message {
        case .hello(let value): hello = .init(value)
        case .acknowledgement(let value): acknowledgement = .init(value)
        case .refusal(let revision, let reason):
            refusal = .with {
                $0.revision = revision.number; $0.reason = .init(reason)
            }
        case .heartbeat(let value): heartbeat = .init(value)
        case .renewalRequest(let request): renewalRequest = .with { $0.certificateRequest = Data(request) }
        case .enrolmentRequest(let value): enrolmentRequest = .init(value)
        case .farewell(let reason): farewell = .with { $0.reason = reason }
        }
    }
}

extension AgentMessage {
    init(_ frame: Holdfast_Link_V1_AgentFrame) throws(LinkCodec.Malformed) {
        switch frame.body {
        case .hello(let wire): self = .hello(try Hello(wire))
        case .acknowledgement(let wire): self = .acknowledgement(try Acknowledgement(wire))
        case .refusal(let wire):
            self = .refusal(revision: Revision(wire.revision), reason: try ChangeRefusal(wire.reason))
        case .heartbeat(let wire): self = .heartbeat(try Heartbeat(wire))
        case .renewalRequest(let wire):
            self = .renewalRequest(
                certificateRequest: try Fields.certificateRequest(
                    wire.certificateRequest,
                    "RenewalRequest.certificate_request"
                )
            )
        case .enrolmentRequest(let wire): self = .enrolmentRequest(try EnrolmentRequest(wire))
        case .farewell(let wire): self = .farewell(reason: wire.reason.plain)
        case nil: throw .unknownMessage
        }
    }
}

extension Holdfast_Link_V1_Hello {
    init(_ value: Hello) {
        self.init()
        wireVersion = value.wireVersion
        agentVersion = value.agentVersion
        bootID = Data(value.bootID)
        appliedRevision = value.appliedRevision.number
        tableDigest = Data(value.tableDigest.bytes)
        wireguardPublicKey = Data(value.wireguardPublicKey.bytes)
        endpoint = value.endpoint?.description ?? ""
        listenPort = UInt32(value.listenPort)
    }
}

extension Hello {
    init(_ wire: Holdfast_Link_V1_Hello) throws(LinkCodec.Malformed) {
        guard wire.bootID.count == 16 else { throw .field("Hello.boot_id") }
        self.init(
            wireVersion: wire.wireVersion,
            agentVersion: try Fields.version(wire.agentVersion, "Hello.agent_version"),
            bootID: Array(wire.bootID),
            appliedRevision: Revision(wire.appliedRevision),
            tableDigest: try Fields.digest(wire.tableDigest, "Hello.table_digest"),
            wireguardPublicKey: try Fields.publicKey(wire.wireguardPublicKey, "Hello.wireguard_public_key"),
            endpoint: try Fields.endpoint(wire.endpoint, "Hello.endpoint"),
            listenPort: try Fields.port(wire.listenPort, "Hello.listen_port")
        )
    }
}

extension Holdfast_Link_V1_Acknowledgement {
    init(_ value: Acknowledgement) {
        self.init()
        revision = value.revision.number
        tableDigest = Data(value.tableDigest.bytes)
        refusedPeers = value.refusedPeers.map { refused in
            .with {
                $0.publicKey = Data(refused.publicKey.bytes); $0.reason = refused.reason
            }
        }
    }
}

extension Acknowledgement {
    init(_ wire: Holdfast_Link_V1_Acknowledgement) throws(LinkCodec.Malformed) {
        var refused: [RefusedPeer] = []
        for peer in wire.refusedPeers {
            let key = try Fields.publicKey(peer.publicKey, "RefusedPeer.public_key")
            refused.append(RefusedPeer(publicKey: key, reason: peer.reason.plain))
        }
        self.init(
            revision: Revision(wire.revision),
            tableDigest: try Fields.digest(wire.tableDigest, "Acknowledgement.table_digest"),
            refusedPeers: refused
        )
    }
}

extension Holdfast_Link_V1_EnrolmentRequest {
    init(_ value: EnrolmentRequest) {
        self.init()
        joinSecret = Data(value.joinSecret.reveal())
        nodeName = value.nodeName
        agentVersion = value.agentVersion
        wireguardPublicKey = Data(value.wireguardPublicKey.bytes)
        certificateRequest = Data(value.certificateRequest)
        endpoint = value.endpoint?.description ?? ""
        listenPort = UInt32(value.listenPort)
    }
}

extension EnrolmentRequest {
    init(_ wire: Holdfast_Link_V1_EnrolmentRequest) throws(LinkCodec.Malformed) {
        guard wire.joinSecret.count == 32 else { throw .field("EnrolmentRequest.join_secret") }
        self.init(
            joinSecret: Secret(Array(wire.joinSecret)),
            nodeName: wire.nodeName,
            agentVersion: try Fields.version(wire.agentVersion, "EnrolmentRequest.agent_version"),
            wireguardPublicKey: try Fields.publicKey(wire.wireguardPublicKey, "EnrolmentRequest.wireguard_public_key"),
            certificateRequest: try Fields.certificateRequest(
                wire.certificateRequest,
                "EnrolmentRequest.certificate_request"
            ),
            endpoint: try Fields.endpoint(wire.endpoint, "EnrolmentRequest.endpoint"),
            listenPort: try Fields.port(wire.listenPort, "EnrolmentRequest.listen_port")
        )
    }
}

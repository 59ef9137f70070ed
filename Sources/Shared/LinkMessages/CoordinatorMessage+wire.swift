import FoundationEssentials
import LinkProtocol
import Model
import SwiftProtobuf

extension Holdfast_Link_V1_CoordinatorFrame {
    init(_ message: CoordinatorMessage) {
        self.init()
        switch message {
        case .welcome(let value): welcome = .init(value)
        case .heartbeatReply(let interval, let serverTime, let desiredVersion):
            heartbeatReply = .with {
                $0.intervalMs = interval.wireMilliseconds
                $0.serverTimeUs = serverTime.microseconds
                $0.desiredVersion = desiredVersion ?? ""
            }
        case .delta(let value): delta = .init(value)
        case .snapshotBegin(let header): snapshotBegin = .init(header)
        case .snapshotChunk(let entries): snapshotChunk = .with { $0.peers = entries.map(Holdfast_Link_V1_Peer.init) }
        case .snapshotEnd(let revision): snapshotEnd = .with { $0.revision = revision.number }
        case .certificate(let issued): certificate = .init(issued)
        case .enrolled(let value): enrolled = .init(value)
        case .tryLater(let delay, let reason):
            tryLater = .with {
                $0.afterMs = delay.wireMilliseconds
                $0.reason = reason
            }
        case .close(let reason): close = .with { $0.reason = reason }
        }
    }
}

extension CoordinatorMessage {
    init(_ frame: Holdfast_Link_V1_CoordinatorFrame) throws(LinkCodec.Malformed) {
        switch frame.body {
        case .welcome(let wire): self = .welcome(try Welcome(wire))
        case .heartbeatReply(let wire):
            guard wire.intervalMs > 0 else { throw .field("HeartbeatReply.interval_ms") }
            self = .heartbeatReply(
                interval: .milliseconds(wire.intervalMs),
                serverTime: Timestamp(microseconds: wire.serverTimeUs),
                desiredVersion: Fields.text(wire.desiredVersion)
            )
        case .delta(let wire): self = .delta(try Delta(wire))
        case .snapshotBegin(let wire): self = .snapshotBegin(try SnapshotHeader(wire))
        case .snapshotChunk(let wire): self = .snapshotChunk(try Fields.peers(wire.peers))
        case .snapshotEnd(let wire): self = .snapshotEnd(revision: Revision(wire.revision))
        case .certificate(let wire): self = .certificate(IssuedCertificate(wire))
        case .enrolled(let wire): self = .enrolled(try Enrolment(wire))
        case .tryLater(let wire): self = .tryLater(after: .milliseconds(wire.afterMs), reason: wire.reason.plain)
        case .close(let wire): self = .close(reason: wire.reason.plain)
        case nil: throw .unknownMessage
        }
    }
}

extension Holdfast_Link_V1_Welcome {
    init(_ value: Welcome) {
        self.init()
        wireVersion = value.wireVersion
        serverTimeUs = value.serverTime.microseconds
        heartbeatIntervalMs = value.heartbeatInterval.wireMilliseconds
        network = .init(value.network)
        renewalOnly = value.renewalOnly
        desiredVersion = value.desiredVersion ?? ""
    }
}

extension Welcome {
    init(_ wire: Holdfast_Link_V1_Welcome) throws(LinkCodec.Malformed) {
        guard wire.heartbeatIntervalMs > 0 else { throw .field("Welcome.heartbeat_interval_ms") }
        self.init(
            wireVersion: wire.wireVersion,
            serverTime: Timestamp(microseconds: wire.serverTimeUs),
            heartbeatInterval: .milliseconds(wire.heartbeatIntervalMs),
            network: try Fields.network(wire.network),
            renewalOnly: wire.renewalOnly,
            desiredVersion: Fields.text(wire.desiredVersion)
        )
    }
}

extension Holdfast_Link_V1_IssuedCertificate {
    init(_ issued: IssuedCertificate) {
        self.init()
        certificate = Data(issued.certificate)
        authority = Data(issued.authority)
    }
}

extension IssuedCertificate {
    init(_ wire: Holdfast_Link_V1_IssuedCertificate) {
        self.init(certificate: Array(wire.certificate), authority: Array(wire.authority))
    }
}

extension Holdfast_Link_V1_Enrolled {
    init(_ value: Enrolment) {
        self.init()
        nodeID = Data(value.nodeID.bytes)
        region = value.region.text
        certificate = .init(value.certificate)
        network = .init(value.network)
    }
}

extension Enrolment {
    init(_ wire: Holdfast_Link_V1_Enrolled) throws(LinkCodec.Malformed) {
        guard let nodeID = NodeID(bytes: wire.nodeID) else { throw .field("Enrolled.node_id") }
        guard let region = RegionName(wire.region) else { throw .field("Enrolled.region") }
        self.init(
            nodeID: nodeID,
            region: region,
            certificate: IssuedCertificate(wire.certificate),
            network: try Fields.network(wire.network)
        )
    }
}

import CertificateAuthority
import DaemonRuntime
import LinkProtocol
import Logging
import Model
import NIOCore
import Store
import Newcomers

/// One request, one answer: a join token for a certificate.
struct EnrolmentConversation: Sendable {
    private let connection: AcceptedConnection
    private let services: LinkServices

    init(_ connection: AcceptedConnection, _ services: LinkServices) {
        self.connection = connection
        self.services = services
    }

    /// - Throws: why nothing came of it, `LinkEnd` and `EnrolmentRefusal` among others.
    func serve(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ writer: MessageWriter) async throws {
        let enrolment = try await withThrowingTaskGroup(of: Enrolment.self) { group in
            group.addTask {
                var reader = MessageReader(inbound)
                guard let message = try await reader.next() else { throw LinkEnd.agentLeft }
                guard case .enrolmentRequest(let request) = message else {
                    throw LinkEnd.refused("\(message.name) is out of order")
                }
                return try await enrol(request)
            }
            group.addTask {
                try await Task.sleep(for: services.configuration.openingLimit)
                throw LinkEnd.refused("no enrolment in time", .late)
            }
            defer { group.cancelAll() }
            guard let enrolment = try await group.next() else { throw CancellationError() }
            return enrolment
        }
        services.logger.notice(
            "node enrolled",
            metadata: ["node": "\(enrolment.nodeID)", "region": "\(enrolment.region)"]
        )
        await writer.part(with: .enrolled(enrolment))
    }

    private func enrol(_ request: EnrolmentRequest) async throws -> Enrolment {
        connection.ticket.serve(true)
        try await lookAtToken(request)
        guard let name = NodeName(request.nodeName) else {
            throw LinkEnd.refused("a node's name has \(NodeName.syntax)")
        }
        let certificateRequest: CertificateRequest
        do {
            certificateRequest = try CertificateRequest(der: request.certificateRequest)
        } catch {
            throw LinkEnd.refused("\(error)")
        }
        guard let endpoint = connection.endpoint(stated: request.endpoint, listenPort: request.listenPort) else {
            throw LinkEnd.refused("the node's endpoint is not known: state it")
        }
        guard services.configuration.policy.endpoints.allows(endpoint) else {
            throw LinkEnd.refused(
                "the endpoint \(endpoint) is not on the internet: state another, or set nodes.private_endpoints"
            )
        }
        let now = WallClock.now()
        let enrolled = try await services.store.redeemJoinToken(
            NodeEnrolment(
                joinSecret: request.joinSecret,
                name: name.text,
                wireguardPublicKey: request.wireguardPublicKey,
                certificateKeyHash: certificateRequest.keyHash,
                endpoint: endpoint,
                agentVersion: request.agentVersion,
                capacity: services.configuration.nodeCapacity
            ),
            pepper: services.pepper,
            now: now
        ) { [services] node in
            let issued = try services.authority.issueNodeCertificate(
                certificateRequest,
                for: node,
                now: now,
                lifetime: services.configuration.nodeCertificateLifetime
            )
            return (NodeCertificateRecord(issued), issued.der)
        }
        return Enrolment(
            nodeID: enrolled.nodeID,
            region: enrolled.region,
            certificate: IssuedCertificate(
                certificate: enrolled.certificate,
                authority: services.authority.certificateDER
            ),
            network: services.network
        )
    }

    /// Whoever has no token costs a look into the database, and after some in vain not even that.
    private func lookAtToken(_ request: EnrolmentRequest) async throws {
        let origin = connection.remoteAddress?.host
        if let wait = services.failedEnrolments.wait(for: origin) {
            throw LinkEnd.tryLater(
                "too many join tokens from here that are none",
                after: max(wait, .seconds(5)),
                .joinToken
            )
        }
        do {
            try await services.store.checkJoinToken(request.joinSecret, pepper: services.pepper, now: WallClock.now())
        } catch let refusal as EnrolmentRefusal {
            _ = services.failedEnrolments.take(origin)
            throw refusal
        }
    }
}

extension NodeCertificateRecord {
    init(_ certificate: NodeCertificate) {
        self.init(serial: certificate.serial, issuedAt: certificate.issuedAt, expiresAt: certificate.expiresAt)
    }
}

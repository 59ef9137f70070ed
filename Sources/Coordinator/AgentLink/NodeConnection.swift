import CertificateAuthority
import LinkProtocol
import Logging
import Model
import NIOCore
import Store

/// One connection from its handshake to its end.
struct NodeConnection: Sendable {
    private let connection: AcceptedConnection
    private let services: LinkServices

    init(_ connection: AcceptedConnection, _ services: LinkServices) {
        self.connection = connection
        self.services = services
    }

    func serve() async {
        do {
            try await connection.channel.executeThenClose { inbound, outbound in
                guard let ticket = services.unauthenticated.take() else {
                    services.logger.warning("too many connections that have not said who they are: one was closed")
                    return
                }
                guard let handshake = try? await connection.handshake.get() else { return }
                let writer = MessageWriter(outbound)
                do {
                    try await serve(handshake, ticket, inbound, writer)
                } catch {
                    let end = LinkEnd(error)
                    services.logger.info("connection refused", metadata: ["reason": "\(end.reason)"])
                    await writer.part(with: end.parting)
                }
            }
        } catch {
            // The connection broke while it was closed: there is nobody left to tell.
            services.logger.debug("a connection broke", metadata: ["error": "\(type(of: error))"])
        }
    }

    private func serve(
        _ handshake: Handshake,
        _ ticket: Slots.Ticket,
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ writer: MessageWriter
    ) async throws {
        switch handshake.applicationProtocol {
        case ApplicationProtocol.enrolment:
            try await EnrolmentConversation(connection, services).serve(inbound, writer)
        case ApplicationProtocol.link:
            guard let der = handshake.clientCertificate else {
                throw LinkEnd.refused("a client certificate is required: enrol first")
            }
            let (certificate, renewalOnly) = try await identify(der)
            let link = NodeLink(certificate, renewalOnly: renewalOnly, connection, services, writer, ticket)
            await link.run(inbound)
        default:
            throw LinkEnd(reason: "no application protocol in common", parting: nil)
        }
    }

    private func identify(
        _ der: [UInt8]
    ) async throws -> (certificate: PresentedCertificate, renewalOnly: Bool) {
        let certificate: PresentedCertificate
        do {
            certificate = try await services.authority.verify(client: der, now: WallClock.now())
        } catch {
            throw LinkEnd.refused("\(error)")
        }
        guard let holder = try await services.store.certificateHolder(serial: certificate.serial) else {
            try await requireLivingNode(certificate.nodeID)
            return (certificate, renewalOnly: true)
        }
        guard holder.nodeID == certificate.nodeID else { throw LinkEnd.refused(Self.unknownCertificate) }
        if holder.isRetired { throw LinkRefusal.retired }
        if holder.isSuperseded { throw LinkEnd.refused("the client certificate was superseded by a newer one") }
        return (certificate, renewalOnly: !certificate.isCurrent)
    }

    /// The authority signed it and the database has lost it, as after the restore of a backup: the node, which has no
    /// other any more, may renew.
    private func requireLivingNode(_ node: NodeID) async throws {
        switch try await services.store.isRetired(node) {
        case nil: throw LinkEnd.refused(Self.unknownCertificate)
        case true?: throw LinkRefusal.retired
        case false?: return
        }
    }

    private static let unknownCertificate = "the client certificate is not known here"
}

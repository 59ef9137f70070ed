import CertificateAuthority
import DaemonRuntime
import LinkProtocol
import Logging
import Model
import NIOCore
import Store
import Newcomers

/// One connection from its handshake to its end.
struct NodeConnection: Sendable {
    private let connection: AcceptedConnection
    private let services: LinkServices

    init(_ connection: AcceptedConnection, _ services: LinkServices) {
        self.connection = connection
        self.services = services
    }

    func serve() async {
        defer { connection.ticket.release() }
        do {
            try await connection.channel.executeThenClose { inbound, outbound in
                guard let handshake = try? await connection.handshake.get() else {
                    services.counts.count(.late)
                    return
                }
                let writer = MessageWriter(outbound)
                do {
                    try await serve(handshake, inbound, writer)
                } catch {
                    let end = LinkEnd(error)
                    if let reason = end.count { services.counts.count(reason) }
                    services.quiet.info("connection refused", metadata: ["reason": "\(end.reason)"])
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
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ writer: MessageWriter
    ) async throws {
        switch handshake.applicationProtocol {
        case ApplicationProtocol.enrolment:
            try await EnrolmentConversation(connection, services).serve(inbound, writer)
        case ApplicationProtocol.link:
            guard let der = handshake.clientCertificate else {
                throw LinkEnd.refused("a client certificate is required: enrol first", .certificate)
            }
            connection.ticket.serve(true)
            let (certificate, renewalOnly) = try await identify(der)
            if let wait = services.hellos.take(certificate.nodeID) {
                throw LinkEnd.tryLater("the node links too often", after: max(wait, .seconds(5)), .rate)
            }
            connection.ticket.serve(false)
            let link = NodeLink(certificate, renewalOnly: renewalOnly, connection, services, writer)
            await link.run(inbound)
        default:
            throw LinkEnd(reason: "no application protocol in common", count: .malformed)
        }
    }

    private func identify(
        _ der: [UInt8]
    ) async throws -> (certificate: PresentedCertificate, renewalOnly: Bool) {
        let certificate: PresentedCertificate
        do {
            certificate = try await services.authority.verify(client: der, now: WallClock.now())
        } catch {
            throw LinkEnd.refused("\(error)", .certificate)
        }
        let stored = try await services.store.certificateHolder(serial: certificate.serial)
        // One without a row is one that the database has lost, as after the restore of a backup: the node, which has no
        // other any more, may renew. Unless a newer one was used: then it is superseded for ever.
        let holder =
            if let stored { stored } else {
                try await services.store.certificateHolder(of: certificate.nodeID, issuedAt: certificate.issuedAt)
            }
        guard let holder, holder.nodeID == certificate.nodeID else {
            throw LinkEnd.refused("the client certificate is not known here", .certificate)
        }
        if holder.isRetired { throw LinkRefusal.retired }
        if holder.isSuperseded {
            throw LinkEnd.refused("the client certificate was superseded by a newer one", .certificate)
        }
        return (certificate, renewalOnly: stored == nil || !certificate.isCurrent)
    }
}

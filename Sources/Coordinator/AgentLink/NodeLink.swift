import CertificateAuthority
import DaemonRuntime
import LinkProtocol
import Logging
import Model
import NIOCore
import ServiceLifecycle
import Store
import Synchronization
import Newcomers

/// One node's link: carries out what `CoordinatorSession` says.
///
/// One task reads messages, one sends changes, one keeps the time. The session is their common state; none holds its
/// lock across an await.
final class NodeLink: Sendable {
    let certificate: PresentedCertificate
    let connection: AcceptedConnection
    let services: LinkServices
    let writer: MessageWriter
    let id = LinkSessionID.random()
    let session: Mutex<CoordinatorSession>
    let isOpen = Mutex(false)
    let logger: Logger
    /// Taken while the node is linked.
    let place = Mutex<Slots.Ticket?>(nil)
    /// Wakes the task that sends changes.
    let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    var node: NodeID { certificate.nodeID }

    /// - Parameter renewalOnly: the certificate is good for getting a new one, and nothing else.
    init(
        _ certificate: PresentedCertificate,
        renewalOnly: Bool,
        _ connection: AcceptedConnection,
        _ services: LinkServices,
        _ writer: MessageWriter
    ) {
        self.certificate = certificate
        self.connection = connection
        self.services = services
        self.writer = writer
        session = Mutex(
            CoordinatorSession(
                renewalOnly: renewalOnly,
                heartbeatInterval: services.heartbeatInterval * 1.1,
                helloLimit: services.configuration.openingLimit,
                now: .now
            )
        )
        var logger = services.logger
        logger[metadataKey: "node"] = "\(certificate.nodeID)"
        self.logger = logger
    }

    /// Serves until the link ends, and says why it did, to the agent and to the log.
    func run(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async {
        let end = await serve(inbound)
        place.withLock { $0 = nil }
        services.changeFeed.forgetProgress(of: node)
        await writer.part(with: end.parting)
        if let reason = end.count { services.counts.count(reason) }
        let wasOpen = isOpen.withLock { $0 }
        // `holdfast-agent check` connects and says nothing.
        let event = wasOpen ? "link closed" : "connection closed without a link"
        services.quiet.info(event, of: "\(node)", metadata: ["reason": "\(end.reason)"])
        guard wasOpen else { return }
        do {
            try await services.store.closeLink(of: node, session: id)
        } catch {
            // The next link waits until this one has been silent for two heartbeats.
            logger.warning("the end of a link was not recorded", metadata: ["error": "\(error)"])
        }
    }

    private func serve(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async -> LinkEnd {
        let changes = services.changeFeed.changes(of: node)
        do {
            try await withThrowingTaskGroup { group in
                group.addTask { try await self.readMessages(inbound) }
                group.addTask { try await self.sendChanges() }
                group.addTask { try await self.keepTime() }
                group.addTask {
                    for await _ in changes { self.noteChange() }
                    try await Task.sleep(for: .seconds(3600 * 24 * 365))
                }
                group.addTask {
                    try await gracefulShutdown()
                    throw LinkEnd.tryLater("the coordinator is stopping", after: .seconds(1))
                }
                defer { group.cancelAll() }
                try await group.next()
            }
            return .agentLeft
        } catch is LinkSuperseded {
            return await superseded()
        } catch {
            return LinkEnd(error)
        }
    }

    private func readMessages(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws {
        var reader = MessageReader(inbound)
        while let message = try await reader.next() {
            let actions = session.withLock { $0.received(message, now: .now) }
            try await perform(actions)
            if session.withLock({ $0.isServing }) { reader.trust() }
            wake.yield()
        }
    }

    private func sendChanges() async throws {
        for await _ in wakes {
            while let demand = session.withLock({ $0.demand() }) { try await answer(demand) }
        }
        throw CancellationError()
    }

    private func keepTime() async throws {
        while true {
            try await Task.sleep(for: min(.seconds(1), services.configuration.heartbeatInterval / 4))
            let actions = session.withLock { $0.tick(.now) }
            try await perform(actions)
        }
    }

    private func noteChange() {
        session.withLock { $0.changed() }
        wake.yield()
    }

    /// The database no longer takes this link's word: the node was retired, or another link has its place.
    private func superseded() async -> LinkEnd {
        let holder = try? await services.store.certificateHolder(serial: certificate.serial)
        if holder?.isRetired == true { return LinkEnd(LinkRefusal.retired) }
        _ = session.withLock { $0.superseded() }
        return .refused("another link of this node has taken over")
    }
}

import Model
import NIOCore
import Newcomers

/// A connection whose TLS handshake may still go on.
struct AcceptedConnection: Sendable {
    let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    let handshake: EventLoopFuture<Handshake>
    /// Held until the other side has said who it is.
    let ticket: Newcomers.Ticket
    /// Where the node is, for one that does not say where its clients reach it.
    let remoteAddress: IPAddress?

    /// There is no place for another newcomer.
    struct Crowded: Error {}

    /// - Throws: then the channel is of no use, and has to be closed.
    init(_ channel: any Channel, tls: ListenerTLS, services: LinkServices) throws {
        let configuration = services.configuration
        let remoteAddress = channel.peerAddress
        guard let ticket = services.newcomers.admit(channel, from: remoteAddress) else { throw Crowded() }
        let budget = NewcomerBudget(
            ticket,
            byteCountMax: configuration.newcomerByteCountMax,
            onExceeded: { services.counts.count(.tooLong) }
        )
        let promise = channel.eventLoop.makePromise(of: Handshake.self)
        do {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(budget)
            try pipeline.addHandler(tls.serverHandler(now: WallClock.now()))
            try pipeline.addHandler(HandshakeGate(promise: promise, limit: configuration.openingLimit))
            // A few reads ahead, not more: what a stranger sends waits in the kernel.
            self.channel = try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2))
            )
        } catch {
            promise.fail(error)
            throw error
        }
        handshake = promise.futureResult
        self.ticket = ticket
        self.remoteAddress = remoteAddress
    }

    func endpoint(stated: HostPort?, listenPort: UInt16) -> HostPort? {
        stated ?? remoteAddress.map { HostPort(host: $0.description, port: listenPort) }
    }
}

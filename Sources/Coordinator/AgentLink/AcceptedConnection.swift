import Model
import NIOCore

/// A connection whose TLS handshake may still go on.
struct AcceptedConnection: Sendable {
    let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    let handshake: EventLoopFuture<Handshake>
    /// Where the node is, for one that does not say where its clients reach it.
    let remoteAddress: IPAddress?

    init(_ channel: any Channel, tls: ListenerTLS, limit: Duration) throws {
        let promise = channel.eventLoop.makePromise(of: Handshake.self)
        do {
            try channel.pipeline.syncOperations.addHandler(tls.serverHandler(now: WallClock.now()))
            try channel.pipeline.syncOperations.addHandler(HandshakeGate(promise: promise, limit: limit))
            self.channel = try NIOAsyncChannel(wrappingChannelSynchronously: channel)
        } catch {
            promise.fail(error)
            throw error
        }
        handshake = promise.futureResult
        let text = channel.remoteAddress?.ipAddress ?? ""
        // A dual-stack socket shows IPv4 as ::ffff:192.0.2.1.
        remoteAddress = text.hasPrefix("::ffff:") ? IPAddress(text.dropFirst(7)) : IPAddress(text)
    }

    func endpoint(stated: HostPort?, listenPort: UInt16) -> HostPort? {
        stated ?? remoteAddress.map { HostPort(host: $0.description, port: listenPort) }
    }
}

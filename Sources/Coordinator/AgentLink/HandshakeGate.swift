import NIOCore
import NIOSSL
import NIOTLS

/// What the TLS handshake told of the other side.
struct Handshake: Sendable {
    let applicationProtocol: String?
    /// DER. The other side has proved that it holds the key; nothing else of it is checked.
    let clientCertificate: [UInt8]?
}

/// Waits for the end of the TLS handshake, for a limited time.
final class HandshakeGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let promise: EventLoopPromise<Handshake>
    private let limit: TimeAmount
    private var deadline: Scheduled<Void>?
    private var isDone = false

    struct Failed: Error {}

    init(promise: EventLoopPromise<Handshake>, limit: Duration) {
        self.promise = promise
        self.limit = TimeAmount(limit)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish(.failure(Failed()))
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(Failed()))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isDone {
            finish(.failure(error))
            context.close(promise: nil)
        }
        context.fireErrorCaught(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent {
            let certificate = try? context.channel.pipeline.syncOperations.nioSSL_peerCertificate()?.toDERBytes()
            finish(.success(Handshake(applicationProtocol: negotiated, clientCertificate: certificate)))
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func finish(_ result: Result<Handshake, any Error>) {
        guard !isDone else { return }
        isDone = true
        deadline?.cancel()
        promise.completeWith(result)
    }
}

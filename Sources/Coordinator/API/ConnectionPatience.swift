import NIOCore
import NIOHTTP1

/// Closes a connection whose client is slow on purpose, or gone: one that does not get on with its request, or does not
/// read its answer. Silence between two requests is what Hummingbird's own idle time-out is for.
final class ConnectionPatience: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let limits: ListenerLimits
    /// What closes the connection unless the client gets on.
    private var reading: Scheduled<Void>?
    private var writing: Scheduled<Void>?

    init(_ limits: ListenerLimits) {
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        reading = close(context, after: limits.headLimit)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stop()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            reading?.cancel()
            reading = close(context, after: limits.bodyLimit)
        case .body: break
        case .end:
            reading?.cancel()
            reading = nil
        }
        context.fireChannelRead(data)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writing?.cancel()
        writing = context.channel.isWritable ? nil : close(context, after: limits.writeLimit)
        context.fireChannelWritabilityChanged()
    }

    private func close(_ context: ChannelHandlerContext, after limit: Duration) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: TimeAmount(limit)) { channel.close(promise: nil) }
    }

    private func stop() {
        reading?.cancel()
        writing?.cancel()
        (reading, writing) = (nil, nil)
    }
}

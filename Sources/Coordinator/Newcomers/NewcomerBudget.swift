import NIOCore

/// Counts the bytes of a connection until it has said who it is, TLS included: beyond its budget it is closed.
public final class NewcomerBudget: ChannelInboundHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = ByteBuffer

    public let ticket: Newcomers.Ticket
    private let onExceeded: @Sendable () -> Void
    private var bytesLeft: Int

    public init(
        _ ticket: Newcomers.Ticket,
        byteCountMax: Int,
        onExceeded: @escaping @Sendable () -> Void = {}
    ) {
        self.ticket = ticket
        self.onExceeded = onExceeded
        bytesLeft = byteCountMax
    }

    /// The connection is closed. The places hold the channel, and so this: nothing else would free it.
    public func handlerRemoved(context: ChannelHandlerContext) {
        ticket.release()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !ticket.isReleased else { return context.fireChannelRead(data) }
        bytesLeft -= unwrapInboundIn(data).readableBytes
        guard bytesLeft >= 0 else {
            onExceeded()
            return context.close(promise: nil)
        }
        ticket.heard()
        context.fireChannelRead(data)
    }
}

import NIOCore
import NIOPosix

/// Stands between a pool and PostgreSQL, and is cut when the fuse blows: from then on nobody comes through.
final class DatabaseWire: Sendable {
    enum Cut: CaseIterable, Sendable {
        /// The request never arrives.
        case beforeRequest
        /// It is carried out, and its answer is lost.
        case beforeAnswer
        /// The wire holds, and the worker is told to stop.
        case never
    }

    private let fuse: Fuse
    private let cut: Cut

    private init(_ fuse: Fuse, _ cut: Cut) {
        self.fuse = fuse
        self.cut = cut
    }

    /// - Parameters:
    ///   - socket: of the server.
    ///   - body: gets the port of the loopback at which the server is reached.
    static func run<Value>(
        to socket: String,
        fuse: Fuse,
        cut: Cut,
        _ body: (_ port: Int) async throws -> Value
    ) async throws -> Value {
        let wire = DatabaseWire(fuse, cut)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { inbound in wire.join(inbound, to: socket) }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let value = try await body(channel.localAddress?.port ?? 0)
            try await channel.close()
            return value
        } catch {
            try await channel.close()
            throw error
        }
    }

    private func join(_ inbound: any Channel, to socket: String) -> EventLoopFuture<Void> {
        if cut != .never, fuse.isBlown { return inbound.close() }
        return ClientBootstrap(group: inbound.eventLoop).connect(unixDomainSocketPath: socket)
            .flatMapThrowing { outbound in
                let cutsAnswer = NIOLoopBoundBox(false, eventLoop: inbound.eventLoop)
                try inbound.pipeline.syncOperations.addHandler(
                    Half(other: outbound) { [self] in
                        guard fuse.count() == .blow else { return true }
                        cutsAnswer.value = cut == .beforeAnswer
                        return cut != .beforeRequest
                    }
                )
                try outbound.pipeline.syncOperations.addHandler(Half(other: inbound) { !cutsAnswer.value })
            }
    }

    private final class Half: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: any Channel
        private let passes: () -> Bool

        /// - Parameter passes: asked of each piece; false cuts the wire.
        init(other: any Channel, passes: @escaping () -> Bool) {
            self.other = other
            self.passes = passes
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard passes() else {
                context.close(promise: nil)
                return other.close(promise: nil)
            }
            other.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            other.close(promise: nil)
        }
    }
}

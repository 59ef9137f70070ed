import LinkMessages
import LinkProtocol
import NIOCore

/// Sends messages as frames; waits while the other side does not read.
struct MessageWriter: Sendable {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    init(_ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) {
        self.outbound = outbound
    }

    func send(_ message: CoordinatorMessage) async throws {
        try await outbound.write(ByteBuffer(bytes: FrameEncoder.encode(LinkCodec.encode(message))))
    }

    /// The last message of a connection, for a few seconds at most: the other side may have stopped to read.
    func part(with message: CoordinatorMessage?) async {
        guard let message else { return }
        await withTaskGroup { group in
            group.addTask { try? await send(message) }
            group.addTask { try? await Task.sleep(for: .seconds(2)) }
            await group.next()
            group.cancelAll()
        }
    }
}

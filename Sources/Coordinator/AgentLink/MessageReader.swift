import LinkMessages
import LinkProtocol
import NIOCore

/// The messages of a connection, cut out of its bytes.
struct MessageReader {
    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var decoder = FrameDecoder(payloadLimit: FrameDecoder.strangerPayloadByteCountMax)

    init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) {
        iterator = inbound.makeAsyncIterator()
    }

    /// From now on messages may be as large as the protocol has them.
    mutating func trust() {
        decoder.payloadLimit = FrameDecoder.payloadByteCountMax
    }

    /// Nil at the end of the stream.
    ///
    /// - Throws: `FrameDecoder.Malformed`, `LinkCodec.Malformed`, `LinkEnd` for an end within a frame, errors of NIO.
    mutating func next() async throws -> AgentMessage? {
        while true {
            if let payload = try decoder.next() { return try LinkCodec.decodeAgentMessage(payload) }
            guard let buffer = try await iterator.next() else {
                guard !decoder.isMidFrame else { throw LinkEnd.refused("the stream ended within a frame") }
                return nil
            }
            decoder.append(buffer.readableBytesView)
        }
    }
}

import NIOCore
import NIOPosix

/// A client that says what it likes, and reads when it likes.
enum RawClient {
    /// - Returns: what the server has said until it closed the connection.
    static func converse(port: Int, _ text: String) async throws -> String {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            // A server that has closed already takes nothing, and has the last word all the same.
            if !text.isEmpty { try? await outbound.write(ByteBuffer(string: text)) }
            var heard = ""
            do { for try await buffer in inbound { heard += String(buffer: buffer) } } catch {}
            return heard
        }
    }

    /// Asks again and again, and reads nothing, until the server has closed the connection.
    static func neverRead(port: Int, _ text: String) async throws {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 4096)
            .connect(host: "127.0.0.1", port: port).get()
        while channel.isActive {
            do { try await channel.writeAndFlush(ByteBuffer(string: text)) } catch { break }
        }
        try? await channel.close()
    }
}

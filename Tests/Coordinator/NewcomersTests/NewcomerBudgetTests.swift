import Model
import NIOCore
import NIOEmbedded
import Newcomers
import Synchronization
import Testing

@Suite struct NewcomerBudgetTests {
    private static let byteCountMax = 64 << 10

    private final class Exceeded: Sendable {
        let count = Atomic(0)
    }

    /// A connection that was admitted, with a budget of 64 KiB.
    private func admitted(
        _ newcomers: Newcomers,
        _ exceeded: Exceeded
    ) throws -> (EmbeddedChannel, Newcomers.Ticket) {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        let ticket = try #require(newcomers.admit(channel, from: IPAddress("192.0.2.1")))
        let budget = NewcomerBudget(ticket, byteCountMax: Self.byteCountMax) {
            exceeded.count.add(1, ordering: .relaxed)
        }
        try channel.pipeline.syncOperations.addHandler(budget)
        return (channel, ticket)
    }

    private func send(_ byteCount: Int, to channel: EmbeddedChannel) throws {
        try channel.writeInbound(ByteBuffer(repeating: 7, count: byteCount))
    }

    @Test func `a newcomer's budget is its own, and is over once it is known`() throws {
        let newcomers = Newcomers(NewcomerLimits(all: 16, ofAddress: 4, ofNetwork: 8))
        let exceeded = Exceeded()
        let (spender, _) = try admitted(newcomers, exceeded)
        let (other, ticket) = try admitted(newcomers, exceeded)
        try send(Self.byteCountMax, to: spender)
        #expect(spender.isActive && exceeded.count.load(ordering: .relaxed) == 0)
        try send(1, to: spender)
        #expect(!spender.isActive && exceeded.count.load(ordering: .relaxed) == 1)
        spender.embeddedEventLoop.run()
        #expect(newcomers.count == 1)
        // What went beyond it reaches nobody.
        #expect(try spender.readInbound(as: ByteBuffer.self)?.readableBytes == Self.byteCountMax)
        #expect(try spender.readInbound(as: ByteBuffer.self) == nil)
        ticket.release()
        for _ in 0..<4 { try send(Self.byteCountMax, to: other) }
        #expect(other.isActive && exceeded.count.load(ordering: .relaxed) == 1)
        _ = try other.finish()
        #expect(newcomers.count == 0)
    }
}

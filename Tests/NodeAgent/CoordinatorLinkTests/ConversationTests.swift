import CoordinatorLink
import Cryptography
import LinkMessages
import LinkProtocol
import LinkTestPeer
import Model
import Testing

@Suite(.timeLimit(.minutes(10))) struct ConversationTests {
    private static func delta(_ base: UInt64, _ revision: UInt64) -> Delta {
        let key = PublicKey(uncheckedBytes: [UInt8](repeating: UInt8(revision), count: 32))!
        let entry = PeerEntry(publicKey: key, allowedIPs: [IPPrefix("10.64.0.\(revision)/32")!])
        return Delta(base: Revision(base), revision: Revision(revision), upserts: [entry], removals: [])
    }

    private func linked(interval: Duration = .seconds(30)) throws -> LinkBench {
        let bench = try LinkBench()
        bench.server.answer = { message, server in
            if case .hello = message { server.send(LinkBench.welcome(interval: interval)) }
        }
        try bench.pump { $0.link.status.state == .connected }
        return bench
    }

    @Test func `deltas arrive in order with the hash of their content`() throws {
        let bench = try linked()
        for number in 5..<25 { bench.server.send(.delta(Self.delta(UInt64(number - 1), UInt64(number)))) }
        let events = try bench.pump { bench in
            bench.events.filter { if case .store = $0 { true } else { false } }.count == 20
        }
        let stored = events.compactMap { event -> Delta? in
            guard case .store(let delta, let hash) = event else { return nil }
            #expect(hash == BLAKE2b.hash(delta.canonicalBytes))
            return delta
        }
        #expect(stored == (5..<25).map { Self.delta(UInt64($0 - 1), UInt64($0)) })
    }

    @Test func `a delta with a wrong base is refused by name, and the link goes on`() throws {
        let bench = try linked()
        bench.server.send(.delta(Self.delta(9, 10)))
        try bench.pump { $0.server.received.contains(.refusal(revision: Revision(10), reason: .baseMismatch)) }
        #expect(bench.link.status.state == .connected)
    }

    @Test func `an acknowledgement reaches the coordinator`() throws {
        let bench = try linked()
        let acknowledgement = Acknowledgement(revision: Revision(5), tableDigest: .empty, refusedPeers: [])
        bench.link.stored(acknowledgement)
        try bench.pump { $0.server.received.contains(.acknowledgement(acknowledgement)) }
    }

    @Test(arguments: [
        ([0, 0, 0, 0], LinkFailure.frame(.empty)),
        ([0, 0x10, 0, 1, 1], .frame(.tooLarge(1_048_577))),
        ([0xff, 0xff, 0xff, 0xff], .frame(.tooLarge(4_294_967_295))),
        ([0, 0, 0, 3, 0xff, 0xff, 0xff], .message(.notProtobuf)),
        ([0, 0, 0, 2, 0xfa, 0x3f], .message(.notProtobuf)),
    ])
    func `a frame that cannot be ends the link with a reason`(bytes: [UInt8], expected: LinkFailure) throws {
        let bench = try linked()
        bench.server.sendRaw(bytes)
        #expect(try bench.failure() == expected)
        try bench.pump { bench in
            bench.server.received.contains { if case .farewell = $0 { true } else { false } }
        }
    }

    @Test func `a message that nobody knows ends the link`() throws {
        let bench = try linked()
        // Field 99, a length-delimited body of no bytes.
        bench.server.sendRaw(FrameEncoder.encode([0x9a, 0x06, 0x00]))
        #expect(try bench.failure() == .message(.unknownMessage))
    }

    @Test func `a frame that ends in its middle is told as such`() throws {
        let bench = try linked()
        bench.server.sendRaw([0, 0, 1, 0, 1, 2, 3])
        bench.server.disconnect(politely: true)
        #expect(try bench.failure() == .ended(midFrame: true))
    }

    @Test func `what arrived before the end still counts`() throws {
        let bench = try linked()
        bench.server.send(.delta(Self.delta(4, 5)))
        bench.server.disconnect(politely: true)
        #expect(try bench.failure() == .ended(midFrame: false))
        #expect(bench.events.contains { if case .store = $0 { true } else { false } })
    }

    @Test func `heartbeats are asked for, and silence ends the link`() throws {
        let bench = try linked(interval: .milliseconds(100))
        try bench.pump { bench in
            if bench.events.contains(.heartbeatDue) { bench.link.send(Heartbeat(), at: LinkBench.now()) }
            return bench.firstFailure != nil
        }
        #expect(bench.firstFailure == .silent)
        #expect(bench.server.received.contains { if case .heartbeat = $0 { true } else { false } })
    }

    @Test func `a dead coordinator is passed over for the next`() throws {
        let bench = try LinkBench(coordinators: { port in
            [HostPort(host: "127.0.0.1", port: 1), HostPort(host: "localhost", port: port)]
        })
        bench.server.answer = { _, server in server.send(LinkBench.welcome()) }
        try bench.pump { $0.link.status.state == .connected }
        guard case .connect? = bench.firstFailure else { Issue.record("\(bench.events)"); return }
    }

    @Test func `a coordinator that asks to come back later is obeyed`() throws {
        let bench = try LinkBench()
        bench.server.answer = { _, server in server.send(.tryLater(after: .seconds(60), reason: "busy")) }
        try bench.pump { $0.firstFailure != nil }
        guard case .down(_, let delay?)? = bench.events.last else { Issue.record("\(bench.events)"); return }
        #expect((Duration.seconds(60)...Duration.seconds(66)).contains(delay))
    }
}

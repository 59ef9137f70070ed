import CertificateAuthority
import Crypto
import Cryptography
import LinkProtocol
import Model
import NIOCore
import NIOPosix
import SwiftASN1
import Store
import Testing

@testable import AgentLink

/// What reaches the nodes' port and is no node. The nodes notice nothing.
@Suite(.timeLimit(.minutes(10))) struct StrangerTests {
    private static let start: [UInt8] = [0x16, 0x03, 0x01]

    @Test(
        arguments: [
            Array("GET / HTTP/1.1\r\nHost: coordinator\r\n\r\n".utf8),
            Array("SSH-2.0-OpenSSH_9.2\r\n".utf8),
            // A TLS record that announces more than it brings, and one of the greatest length full of nothing.
            start + [0x00, 0xff, 0x01, 0x00],
            start + [0xff, 0xff] + [UInt8](repeating: 0, count: 65_535),
            [UInt8](repeating: 0xa5, count: 100_000),
        ]
    )
    func `what is not TLS is cut off, and a node links beside it`(bytes: [UInt8]) async throws {
        try await TestBench.run { bench in
            let (_, identity) = try await bench.enrolled()
            try await withRawConnection(to: bench.port) { inbound, outbound in
                // The coordinator may have closed before all of it is written.
                try? await outbound.write(ByteBuffer(bytes: bytes))
                try await links(identity, bench)
                outbound.finish()
                // Whatever is answered ends: an alert at the most.
                var answered = 0
                do {
                    for try await buffer in inbound { answered += buffer.readableBytes }
                } catch is IOError {
                    // Reset, since bytes of ours were not read.
                }
                #expect(answered < 100)
            }
            try await links(identity, bench)
        }
    }

    @Test func `a node cut off in the middle of a frame links again at once`() async throws {
        try await TestBench.run { bench in
            let (_, identity) = try await bench.enrolled()
            try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                guard case .welcome? = try await client.next() else { throw TestBench.Unexpected() }
                try await client.send(bytes: [0, 0, 1, 0, 0x0a, 0x02])
            }
            try await links(identity, bench)
        }
    }

    /// A reason that fills its frame would overfill the frame that repeats it.
    @Test func `a node's last words of a megabyte end its own link and nothing else`() async throws {
        try await TestBench.run { bench in
            let (_, identity) = try await bench.enrolled()
            let answer = try await bench.link(identity) { client in
                // The coordinator closes once it knows how much there is to come.
                try? await client.send(.farewell(reason: String(repeating: "x", count: 1_048_560)))
                return (try? await client.next()) ?? nil
            }
            if case .close(let reason)? = answer { #expect(reason.utf8.count <= 200) }
            try await links(identity, bench)
        }
    }

    @Test func `a stranger's frame of more than 16 KiB is refused before it is read`() async throws {
        try await TestBench.run { bench in
            for protocols in [[ApplicationProtocol.enrolment], [ApplicationProtocol.link]] {
                let identity = try await protocols == [ApplicationProtocol.link] ? bench.enrolled().1 : nil
                let answer = try await TestClient.connect(
                    to: bench.port,
                    trusting: bench.authority,
                    protocols: protocols,
                    identity: identity
                ) { client in
                    try await client.send(bytes: [0, 0, 0x40, 0x01])
                    return try await client.next()
                }
                #expect(answer == .close(reason: "malformed frame: tooLarge(16385)"))
            }
        }
    }

    @Test func `a stranger that sends more than its budget of bytes is cut off`() async throws {
        try await TestBench.run { bench in
            await #expect(throws: (any Error).self) {
                try await TestClient.connect(
                    to: bench.port,
                    trusting: bench.authority,
                    protocols: [ApplicationProtocol.enrolment]
                ) { client in
                    // Frames that say nothing, the first of them unfinished.
                    try await client.send(bytes: [0, 0, 0x40, 0] + [UInt8](repeating: 0, count: 10_000))
                    for _ in 0..<200 { try await client.send(bytes: [UInt8](repeating: 0, count: 16_000)) }
                    while try await client.next() != nil {}
                    throw TestBench.Unexpected()
                }
            }
            #expect(bench.counts[.tooLong] + bench.counts[.malformed] > 0)
        }
    }

    /// 5000 bytes of ASN.1 would take a thousand times as much in memory.
    @Test func `without a join token nothing of a certificate request is read`() async throws {
        try await TestBench.run { bench in
            let nulls = [0x30, 0x82, 0x0f, 0xfc] + [UInt8](repeating: 5, count: 4092)
            let unknown = try await bench.enrol(
                TestIdentity(),
                secret: Secret([UInt8](repeating: 1, count: 32)),
                certificateRequest: nulls
            )
            #expect(unknown == .close(reason: "\(EnrolmentRefusal.unknownToken)"))
            let known = try await bench.enrol(TestIdentity(), secret: bench.token().secret, certificateRequest: nulls)
            #expect(known == .close(reason: "\(CertificateRequest.Malformed.notDER)"))
        }
    }

    @Test func `join tokens that are none are counted by where they come from, and the seventeenth is not looked at`()
        async throws
    {
        try await TestBench.run { bench in
            var answers: [CoordinatorMessage?] = []
            for _ in 0..<40 {
                answers.append(
                    try await bench.enrol(TestIdentity(), secret: Secret([UInt8](repeating: 1, count: 32)))
                )
            }
            let looked = answers.count { $0 == .close(reason: "\(EnrolmentRefusal.unknownToken)") }
            let waits = answers.count { if case .tryLater? = $0 { true } else { false } }
            #expect(looked >= 16 && waits > 0 && looked + waits == 40)
        }
    }

    @Test func `beside 320 clients that open a connection and say nothing, a node links at once`() async throws {
        try await TestBench.run { bench in
            let (_, identity) = try await bench.enrolled()
            var silent: [any Channel] = []
            for _ in 0..<320 {
                silent.append(
                    try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                        .connect(host: "127.0.0.1", port: bench.port).get()
                )
            }
            let answer = try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                return try await client.next()
            }
            guard case .welcome? = answer else { throw TestBench.Unexpected() }
            // Of all these, 16 have a place, and the others had to leave for those behind them.
            #expect(bench.counts[.crowded] >= 300)
            for channel in silent { try? await channel.close() }
        }
    }

    @Test func `an operator's certificate is worth nothing on the nodes' port`() async throws {
        try await TestBench.run { bench in
            let name = try #require(OperatorName("alice"))
            let issued = try bench.authority.issueOperatorCertificate(
                for: name,
                now: TestBench.now(),
                lifetime: .seconds(3600)
            )
            var identity = TestIdentity()
            identity.key = try P256.Signing.PrivateKey(pemRepresentation: issued.privateKeyPEM.reveal())
            identity.certificate = try PEMDocument(pemString: issued.certificatePEM).derBytes
            let answer = try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                return try await client.next()
            }
            guard case .close(let reason)? = answer else { throw TestBench.Unexpected() }
            #expect(reason.contains("does not name a node"))
        }
    }

    /// The end of the last link is recorded a moment after it: a node that comes too early is told to come again.
    private func links(_ identity: TestIdentity, _ bench: TestBench) async throws {
        while true {
            let answer = try await bench.link(identity) { client in
                try await client.send(TestBench.hello())
                return try await client.next()
            }
            switch answer {
            case .welcome: return
            case .tryLater: continue
            default: throw TestBench.Unexpected()
            }
        }
    }

    private func withRawConnection(
        to port: Int,
        _ body: (
            NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>
        ) async throws -> Void
    ) async throws {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        try await channel.executeThenClose { inbound, outbound in try await body(inbound, outbound) }
    }
}

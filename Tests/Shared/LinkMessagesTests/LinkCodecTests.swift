import LinkMessages
import LinkProtocol
import Model
import Testing

struct LinkCodecTests {
    private static let key = PublicKey(uncheckedBytes: [UInt8](1...32))!
    private static let entry = PeerEntry(
        publicKey: key,
        allowedIPs: [IPPrefix("10.64.0.7/32")!, IPPrefix("fd68::7/128")!]
    )
    private static let lingering = PeerEntry(
        publicKey: key,
        allowedIPs: entry.allowedIPs,
        isLingering: true
    )
    private static let digest = TableDigest(bytes: [UInt8](repeating: 5, count: 32))!
    private static let network = TunnelNetwork(interfaceAddresses: [IPPrefix("10.64.0.1/10")!], mtu: 1420)
    private static let issued = IssuedCertificate(certificate: [1, 2], authority: [3])

    private static var heartbeat: Heartbeat {
        var heartbeat = Heartbeat()
        heartbeat.appliedRevision = Revision(.max)
        heartbeat.peersInTable = .max
        heartbeat.peersLingering = 3
        heartbeat.conditions = NodeCondition.Kind.allCases.map { NodeCondition($0, "because of \($0.rawValue)") }
        heartbeat.ipv6Unavailable = true
        heartbeat.sentAt = Timestamp(microseconds: -1)
        return heartbeat
    }

    static let agentMessages: [AgentMessage] =
        [
            .hello(
                Hello(
                    wireVersion: 1,
                    agentVersion: "0.1.0",
                    bootID: [UInt8](repeating: 9, count: 16),
                    appliedRevision: Revision(7),
                    tableDigest: digest,
                    wireguardPublicKey: key,
                    endpoint: HostPort("[2001:db8::1]:51820"),
                    listenPort: 51_820
                )
            ),
            .acknowledgement(
                Acknowledgement(
                    revision: Revision(7),
                    tableDigest: digest,
                    refusedPeers: [RefusedPeer(publicKey: key, reason: "no")]
                )
            ),
            .heartbeat(heartbeat),
            .renewalRequest(certificateRequest: [1, 2, 3]),
            .enrolmentRequest(
                EnrolmentRequest(
                    joinSecret: Secret([UInt8](repeating: 4, count: 32)),
                    nodeName: "n",
                    agentVersion: "1",
                    wireguardPublicKey: key,
                    certificateRequest: [5],
                    endpoint: nil,
                    listenPort: 1
                )
            ),
            .farewell(reason: "bye"),
        ] + ChangeRefusal.allCases.map { .refusal(revision: Revision(3), reason: $0) }

    static let coordinatorMessages: [CoordinatorMessage] = [
        .welcome(
            Welcome(
                wireVersion: 1,
                serverTime: Timestamp(microseconds: 12),
                heartbeatInterval: .seconds(15),
                network: network,
                renewalOnly: true,
                desiredVersion: "1.4.0"
            )
        ),
        .heartbeatReply(interval: .milliseconds(1500), serverTime: Timestamp(microseconds: 5)),
        .heartbeatReply(interval: .seconds(1), serverTime: Timestamp(microseconds: 5), desiredVersion: "1.4.0~rc1"),
        .delta(Delta(base: .zero, revision: Revision(1), upserts: [entry], removals: [key])),
        .snapshotBegin(SnapshotHeader(revision: Revision(2), peerCount: 1, digest: digest, allowMassRemoval: true)),
        .snapshotChunk([entry, lingering]),
        .snapshotEnd(revision: Revision(2)),
        .certificate(issued),
        .enrolled(
            Enrolment(
                nodeID: NodeID(high: 1, low: 2),
                region: RegionName("fra1")!,
                certificate: issued,
                network: network
            )
        ),
        .tryLater(after: .seconds(9), reason: "busy"),
        .close(reason: "because"),
    ]

    @Test(arguments: agentMessages) func `an agent's message is read as it was written`(message: AgentMessage) throws {
        #expect(try LinkCodec.decodeAgentMessage(LinkCodec.encode(message)) == message)
    }

    @Test(arguments: coordinatorMessages)
    func `a coordinator's message is read as it was written`(message: CoordinatorMessage) throws {
        #expect(try LinkCodec.decodeCoordinatorMessage(LinkCodec.encode(message)) == message)
    }

    @Test func `the other side's words are no commands to a terminal, and not without end`() throws {
        let words = "\u{1b}]0;title\u{7}\n\u{9b}2J" + String(repeating: "ä", count: 100_000)
        let expected = "\u{fffd}]0;title\u{fffd} \u{fffd}2J" + String(repeating: "ä", count: 286)
        #expect(
            try LinkCodec.decodeCoordinatorMessage(LinkCodec.encode(CoordinatorMessage.close(reason: words)))
                == .close(reason: expected)
        )
        #expect(
            try LinkCodec.decodeAgentMessage(LinkCodec.encode(AgentMessage.farewell(reason: words)))
                == .farewell(reason: expected)
        )
    }

    /// Merging a body that stands twice copies what was read before: 1 MiB of these cost minutes.
    @Test func `a frame that holds its message twice is refused`() {
        let once = LinkCodec.encode(AgentMessage.farewell(reason: "bye"))
        #expect(throws: LinkCodec.Malformed.repeatedBody) { try LinkCodec.decodeAgentMessage(once + once) }
        let chunk = LinkCodec.encode(CoordinatorMessage.snapshotChunk([]))
        let many = Array(repeatElement(chunk, count: (1 << 20) / chunk.count).joined())
        #expect(throws: LinkCodec.Malformed.repeatedBody) { try LinkCodec.decodeCoordinatorMessage(many) }
    }

    @Test func `a frame that holds more elements than any message has is refused before it is parsed`() throws {
        let full = CoordinatorMessage.snapshotChunk(
            Array(repeating: Self.entry, count: CoordinatorSession.peersPerMessageMax)
        )
        #expect(try LinkCodec.decodeCoordinatorMessage(LinkCodec.encode(full)) == full)
        // Refused peers of no bytes: field 3 of an Acknowledgement, which is field 2 of the frame; a length of 3 bytes.
        let content = Array(repeatElement([0x1a, 0x00] as [UInt8], count: 500_000).joined())
        let frame = [0x12, 0xc0, 0x84, 0x3d] + content
        #expect(throws: LinkCodec.Malformed.tooManyFields) { try LinkCodec.decodeAgentMessage(frame) }
    }

    @Test func `what a later version adds to a frame or a message is left alone`() throws {
        let message = AgentMessage.farewell(reason: "bye")
        // Field 15 of a Farewell and of the frame, of each kind: a number, 8 bytes, 4 bytes, a text.
        let later: [UInt8] = [0x78, 1, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7d, 1, 2, 3, 4, 0x7a, 2, 0x41, 0x42]
        let body = Array(LinkCodec.encode(message)[2...]) + later
        #expect(try LinkCodec.decodeAgentMessage([0x3a, UInt8(body.count)] + body + later.suffix(4)) == message)
    }

    @Test func `every message cut short is refused or means something smaller, and none traps`() {
        for message in Self.agentMessages {
            let bytes = LinkCodec.encode(message)
            for count in 0..<bytes.count {
                #expect((try? LinkCodec.decodeAgentMessage(Array(bytes[..<count]))) != message)
            }
        }
        for message in Self.coordinatorMessages {
            let bytes = LinkCodec.encode(message)
            for count in 0..<bytes.count {
                #expect((try? LinkCodec.decodeCoordinatorMessage(Array(bytes[..<count]))) != message)
            }
        }
    }

    @Test func `10,000 random texts and 10,000 flipped bits trap nowhere`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<10_000 {
            let bytes = (0..<Int.random(in: 0...200)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try? LinkCodec.decodeAgentMessage(bytes)
            _ = try? LinkCodec.decodeCoordinatorMessage(bytes)
        }
        let samples = Self.coordinatorMessages.map { LinkCodec.encode($0) }
        for _ in 0..<10_000 {
            var bytes = samples.randomElement()!
            bytes[Int.random(in: bytes.indices)] ^= 1 << UInt8.random(in: 0..<8)
            _ = try? LinkCodec.decodeCoordinatorMessage(bytes)
        }
        #expect(throws: LinkCodec.Malformed.unknownMessage) { try LinkCodec.decodeAgentMessage([]) }
    }
}

import LinkProtocol
import Model
import Testing

@testable import LinkMessages

/// Fields that are well-formed protobuf, and cannot be.
@Suite struct JudgedFieldsTests {
    private static let key = PublicKey(uncheckedBytes: [UInt8](repeating: 7, count: 32))!

    private static func enrolment(
        secret: Int = 32,
        version: String = "0.1.0",
        request: Int = 250
    ) -> AgentMessage {
        .enrolmentRequest(
            EnrolmentRequest(
                joinSecret: Secret([UInt8](repeating: 4, count: secret)),
                nodeName: "exit1",
                agentVersion: version,
                wireguardPublicKey: key,
                certificateRequest: [UInt8](repeating: 5, count: request),
                endpoint: nil,
                listenPort: 51_820
            )
        )
    }

    private static func hello(version: String) -> AgentMessage {
        .hello(
            Hello(
                wireVersion: 1,
                agentVersion: version,
                bootID: [UInt8](repeating: 0, count: 16),
                appliedRevision: .zero,
                tableDigest: .empty,
                wireguardPublicKey: key,
                endpoint: nil,
                listenPort: 51_820
            )
        )
    }

    @Test func `a certificate request of 4096 bytes is read, one more and none are refused`() throws {
        _ = try LinkCodec.decodeAgentMessage(LinkCodec.encode(Self.enrolment(request: 4096)))
        for count in [0, 4097] {
            #expect(throws: LinkCodec.Malformed.field("EnrolmentRequest.certificate_request")) {
                try LinkCodec.decodeAgentMessage(LinkCodec.encode(Self.enrolment(request: count)))
            }
            let renewal = AgentMessage.renewalRequest(certificateRequest: [UInt8](repeating: 5, count: count))
            #expect(throws: LinkCodec.Malformed.field("RenewalRequest.certificate_request")) {
                try LinkCodec.decodeAgentMessage(LinkCodec.encode(renewal))
            }
        }
    }

    @Test(arguments: [0, 31, 33, 4096]) func `a join secret of other than 32 bytes is refused`(count: Int) {
        #expect(throws: LinkCodec.Malformed.field("EnrolmentRequest.join_secret")) {
            try LinkCodec.decodeAgentMessage(LinkCodec.encode(Self.enrolment(secret: count)))
        }
    }

    @Test(
        arguments: [
            "", "1.0\u{9b}31m", "1.0\n", "1.0 ", "1.0\u{202e}", "--force", "v1.0", String(repeating: "1", count: 65),
        ]
    )
    func `a version that no package has is refused`(version: String) {
        #expect(throws: LinkCodec.Malformed.field("Hello.agent_version")) {
            try LinkCodec.decodeAgentMessage(LinkCodec.encode(Self.hello(version: version)))
        }
        #expect(throws: LinkCodec.Malformed.field("EnrolmentRequest.agent_version")) {
            try LinkCodec.decodeAgentMessage(LinkCodec.encode(Self.enrolment(version: version)))
        }
    }

    @Test func `a share of more than the whole is read as the whole`() throws {
        var heartbeat = Heartbeat()
        heartbeat.cpuBusyPermille = 4_000_000
        heartbeat.memoryTotalBytes = 10
        heartbeat.memoryAvailableBytes = 11
        let read = try LinkCodec.decodeAgentMessage(LinkCodec.encode(.heartbeat(heartbeat)))
        heartbeat.cpuBusyPermille = 1000
        heartbeat.memoryAvailableBytes = 10
        #expect(read == .heartbeat(heartbeat))
    }
}

import CoordinatorLink
import LinkProtocol
import LinkTestPeer
import Model
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct EnrolmentTests {
    private static func request(_ key: borrowing PrivateKey) throws -> EnrolmentRequest {
        EnrolmentRequest(
            joinSecret: Secret([UInt8](repeating: 9, count: 32)),
            nodeName: "node",
            agentVersion: "0.1.0",
            wireguardPublicKey: PublicKey(uncheckedBytes: [UInt8](repeating: 3, count: 32))!,
            certificateRequest: try key.certificateRequest(commonName: "node"),
            endpoint: nil,
            listenPort: 51_820
        )
    }

    /// Enrols at a server that a thread turns, because enrolling blocks.
    private func enrol(pin: ((TestAuthority) -> [UInt8])? = nil, _ options: TestServer.Options = .init()) throws -> (
        Result<Enrolment, EnrolmentFailure>, [AgentMessage]
    ) {
        let authority = TestAuthority()
        let turning = try TurningServer(authority, options)
        defer { turning.stop() }
        let key = try PrivateKey.generate()
        let expected = try Certificate.parse(der: authority.certificate.der).publicKeyPin
        let client = EnrolmentClient(pin: pin?(authority) ?? expected) { LinkBench.now().monotonic }
        let request = try Self.request(key)
        let result: Result<Enrolment, EnrolmentFailure>
        do throws(EnrolmentFailure) {
            result = .success(try client.enrol(at: [HostPort(host: "127.0.0.1", port: turning.port)], request))
        } catch {
            result = .failure(error)
        }
        return (result, turning.stop())
    }

    @Test func `a node gets a certificate for its key from the pinned authority`() throws {
        let (result, received) = try enrol()
        let enrolment = try result.get()
        #expect(enrolment.region == RegionName("fra1"))
        #expect(received.count == 1)
    }

    @Test func `a coordinator of another authority never sees the token`() throws {
        let (result, received) = try enrol(pin: { _ in [UInt8](repeating: 1, count: 32) })
        guard case .failure(.unreachable(let reasons)) = result else { Issue.record("\(result)"); return }
        #expect(reasons.first?.contains("join token") == true)
        #expect(received.isEmpty)
    }

    @Test func `a coordinator that does not show its authority never sees the token`() throws {
        var options = TestServer.Options()
        options.showsAuthority = false
        let (result, received) = try enrol(options)
        guard case .failure(.unreachable) = result else { Issue.record("\(result)"); return }
        #expect(received.isEmpty)
    }
}

import CoordinatorLink
import Glibc
import LinkProtocol
import LinkTestPeer
import Model
import Testing

@Suite(.timeLimit(.minutes(10))) struct RenewalTests {
    private static func answering(_ bench: LinkBench, renewalOnly: Bool = false) {
        bench.server.answer = { [authority = bench.authority] message, server in
            switch message {
            case .hello: server.send(LinkBench.welcome(renewalOnly: renewalOnly && server.connectionCount == 1))
            case .renewalRequest(let request):
                var profile = TestAuthority.Profile.node
                profile.serial = 2
                guard let renewed = authority.issue(for: request, profile) else { return }
                server.send(
                    .certificate(IssuedCertificate(certificate: renewed.der, authority: authority.certificate.der))
                )
            default: break
            }
        }
    }

    private static func aged() -> TestAuthority.Profile {
        var profile = TestAuthority.Profile.node
        profile.notBefore = -29 * 86_400
        profile.notAfter = 86_400
        return profile
    }

    @Test func `a certificate past its half-life is renewed with a new key, and both are on disk together`() throws {
        let bench = try LinkBench(node: Self.aged())
        Self.answering(bench)
        let events = try bench.pump { bench in bench.events.contains { if case .renewed = $0 { true } else { false } } }
        #expect(!events.isEmpty)
        let file = try contents(of: bench.identityPath)
        let identity = try Identity.parse(pem: Secret(file))
        #expect(identity.certificate.serial == [2])
        #expect(bench.link.status.certificateExpires == identity.certificate.notAfter)
    }

    @Test func `an expired certificate is renewed on a link of its own, and the next link uses the new one`() throws {
        var profile = Self.aged()
        profile.notAfter = -60
        let bench = try LinkBench(node: profile)
        Self.answering(bench, renewalOnly: true)
        try bench.pump { $0.link.status.state == .connected }
        let identity = try Identity.parse(pem: Secret(contents(of: bench.identityPath)))
        #expect(try identity.certificate.der() == bench.server.clientCertificate)
        #expect(bench.server.connectionCount == 2)
    }

    @Test func `a coordinator that falls silent before it renews is left, and waiting for it costs no turns`() throws {
        var profile = Self.aged()
        profile.notAfter = -60
        let bench = try LinkBench(node: profile)
        bench.server.answer = { message, server in
            if case .hello = message {
                server.send(LinkBench.welcome(interval: .milliseconds(150), renewalOnly: true))
            }
        }
        try bench.pump { $0.link.status.state == .renewing }
        #expect(bench.link.deadline > LinkBench.now().monotonic)
        #expect(try bench.failure() == .silent)
        try bench.pump { $0.server.connectionCount > 1 }
    }

    @Test func `a certificate for another key is not installed`() throws {
        let bench = try LinkBench(node: Self.aged())
        bench.server.answer = { [authority = bench.authority] message, server in
            if case .hello = message { server.send(LinkBench.welcome()) }
            guard case .renewalRequest = message else { return }
            let foreign = authority.issue(to: TestKey(), .node)
            server.send(.certificate(IssuedCertificate(certificate: foreign.der, authority: authority.certificate.der)))
        }
        try bench.pump { bench in bench.events.contains { if case .renewalFailed = $0 { true } else { false } } }
        #expect(access(bench.identityPath, F_OK) != 0)
        #expect(bench.link.status.state == .connected)
    }

    @Test func `the moment lies at half the life, give or take a tenth of that`() {
        let start = Timestamp(seconds: 1_000_000)
        let end = start + .seconds(1_000_000)
        for serial in 0..<500 {
            let moment = RenewalMoment.of(
                notBefore: start,
                notAfter: end,
                serial: [UInt8(serial & 255), UInt8(serial >> 8)]
            )
            #expect((start + .seconds(450_000)...start + .seconds(550_001)).contains(moment))
        }
        let one = RenewalMoment.of(notBefore: start, notAfter: end, serial: [1])
        #expect(one == RenewalMoment.of(notBefore: start, notAfter: end, serial: [1]))
        #expect(one != RenewalMoment.of(notBefore: start, notAfter: end, serial: [2]))
    }

    private func contents(of path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        return Array(buffer[..<read(descriptor, &buffer, buffer.count)])
    }
}

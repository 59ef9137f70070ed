import COpenSSL
import CoordinatorLink
import LinkProtocol
import LinkTestPeer
import Model
import Testing

@Suite(.timeLimit(.minutes(10))) struct TrustTests {
    private func untrustedReason(_ bench: LinkBench) throws -> String {
        let failure = try bench.failure()
        guard case .untrusted(let reason) = failure else {
            Issue.record("\(failure)")
            return ""
        }
        return reason
    }

    @Test func `a coordinator of the authority is welcomed, and sees the node's certificate`() throws {
        let bench = try LinkBench()
        bench.server.answer = { _, server in server.send(LinkBench.welcome()) }
        try bench.pump { $0.link.status.state == .connected }
        #expect(bench.server.received.first == .hello(bench.hello()))
        #expect(bench.server.clientCertificate != nil)
    }

    @Test func `a coordinator of another authority is not trusted`() throws {
        let bench = try LinkBench(signedBy: TestAuthority())
        // OpenSSL's word depends on whether the two authorities' names are equal; they are here.
        #expect(try !untrustedReason(bench).isEmpty)
        #expect(bench.server.received.isEmpty)
    }

    @Test func `a certificate with another name is not trusted`() throws {
        var profile = TestAuthority.Profile.server
        profile.dnsName = "somebody-else"
        #expect(try untrustedReason(LinkBench(server: profile)).contains("ostname mismatch"))
    }

    @Test func `a certificate whose only name is its subject is not trusted`() throws {
        var profile = TestAuthority.Profile.server
        profile.name = "holdfast-coordinator"
        profile.dnsName = nil
        #expect(try untrustedReason(LinkBench(server: profile)).contains("ostname mismatch"))
    }

    @Test(arguments: [nil, "clientAuth"])
    func `a node's certificate cannot play coordinator`(usage: String?) throws {
        var profile = TestAuthority.Profile.server
        profile.extendedKeyUsage = usage
        let bench = try LinkBench(server: profile)
        #expect(try !untrustedReason(bench).isEmpty)
        #expect(bench.server.received.isEmpty)
    }

    @Test func `an expired certificate of the coordinator is refused, and the clock is mentioned`() throws {
        var profile = TestAuthority.Profile.server
        profile.notAfter = -60
        #expect(try untrustedReason(LinkBench(server: profile)).contains("clock"))
    }

    @Test func `a server that speaks TLS 1.2 only is refused`() throws {
        var options = TestServer.Options()
        options.versionMin = TLS1_2_VERSION
        options.versionMax = TLS1_2_VERSION
        let failure = try LinkBench(options).failure()
        guard case .tls = failure else { Issue.record("\(failure)"); return }
    }

    @Test(arguments: [["h2"], []])
    func `a server of another protocol is refused`(protocols: [String]) throws {
        var options = TestServer.Options()
        options.applicationProtocols = protocols
        let failure = try LinkBench(options).failure()
        #expect(failure == .wrongProtocol(offered: "holdfast-link/1"))
    }
}

import Model
import Testing

@testable import Store

@Suite struct EndpointPolicyTests {
    private static let now = Fixture.now

    private static func judge(
        _ stated: String,
        known: String,
        changedAt: Timestamp? = nil,
        _ policy: EndpointPolicy = EndpointPolicy()
    ) throws -> EndpointPolicy.Verdict {
        policy.judge(try #require(HostPort(stated)), known: HostPort(known), changedAt: changedAt, now: now)
    }

    @Test(
        arguments: [
            ("5.9.1.1:51820", "5.9.1.1:51820", EndpointPolicy.Verdict.same),
            ("5.9.1.1:53", "5.9.1.1:51820", .taken),
            ("5.9.1.77:51820", "5.9.1.1:51820", .taken),
            ("5.9.2.1:51820", "5.9.1.1:51820", .held),
            ("[2a00:1:2:3::1]:51820", "[2a00:1:2:4::1]:51820", .taken),
            ("[2a00:1:3::1]:51820", "[2a00:1:2::1]:51820", .held),
            ("[2a00:1:2::1]:51820", "5.9.1.1:51820", .held),
            ("exit1.example.net:51820", "5.9.1.1:51820", .held),
            ("exit2.example.net:51820", "exit1.example.net:51820", .held),
            ("exit1.example.net:53", "exit1.example.net:51820", .taken),
        ] as [(String, String, EndpointPolicy.Verdict)]
    )
    func `within its network an endpoint changes by itself, a jump is held`(
        stated: String,
        known: String,
        verdict: EndpointPolicy.Verdict
    ) throws {
        #expect(try Self.judge(stated, known: known) == verdict)
        let willing = EndpointPolicy(acceptsJumps: true)
        #expect(try Self.judge(stated, known: known, willing) == (verdict == .held ? .taken : verdict))
    }

    @Test(
        arguments: [
            "127.0.0.1:53", "10.0.0.1:51820", "192.168.1.1:51820", "[::1]:53", "[fd00::1]:51820", "localhost:53",
            "127.1:53", "0x7f.1:53", "2130706433:53", "a.0x7f000001:53", "exit1:51820", "exit1.local:51820",
            "x.localhost:51820",
        ]
    )
    func `what is not on the internet is held, unless a setting allows it`(stated: String) throws {
        let jumps = EndpointPolicy(acceptsJumps: true)
        #expect(try Self.judge(stated, known: "5.9.1.1:51820", jumps) == .held)
        let all = EndpointPolicy(allowsPrivate: true, acceptsJumps: true)
        #expect(try Self.judge(stated, known: "5.9.1.1:51820", all) == .taken)
    }

    @Test func `an endpoint that was changed a moment ago is held`() throws {
        let (stated, known) = ("5.9.1.2:51820", "5.9.1.1:51820")
        #expect(try Self.judge(stated, known: known, changedAt: Self.now - .seconds(599)) == .held)
        #expect(try Self.judge(stated, known: known, changedAt: Self.now - .seconds(600)) == .taken)
    }
}

import LinkTestPeer
import Model
import Testing

@testable import CoordinatorLink

struct PureTests {
    @Test func `the backoff doubles up to its cap, and jitter spreads it down to nothing`() {
        var backoff = Backoff()
        let bounds = (0..<8).map { _ in backoff.next(random: 1) }
        #expect(bounds == [1, 2, 4, 8, 16, 30, 30, 30].map { .seconds($0) })
        #expect(backoff.next(random: 0) == .zero)
        for _ in 0..<10_000 { #expect(backoff.next(random: Double.random(in: 0..<1)) < .seconds(30)) }
        backoff.reset()
        #expect(backoff.next(random: 1) == .seconds(1))
    }

    @Test func `an identity is read back as it was written`() throws {
        let authority = TestAuthority()
        let key = TestKey()
        let identity = try Identity.assemble(
            keyPEM: Secret(key.pem),
            issued: authority.issue(to: key, .node).der,
            authority: authority.certificate.der
        )
        let again = try Identity.parse(pem: identity.pem())
        #expect(try again.certificate.der() == identity.certificate.der())
        #expect(again.authority.publicKeyPin == identity.authority.publicKeyPin)
    }

    @Test func `an identity is cut nowhere without being refused`() throws {
        let authority = TestAuthority()
        let key = TestKey()
        let pem = try Identity.assemble(
            keyPEM: Secret(key.pem),
            issued: authority.issue(to: key, .node).der,
            authority: authority.certificate.der
        ).pem().reveal()
        // The line end behind the last line may be missing.
        for count in stride(from: 0, to: pem.count - 1, by: 7) {
            #expect(throws: Identity.Flaw.self) { _ = try Identity.parse(pem: Secret(Array(pem[..<count]))) }
        }
    }

    @Test func `an identity of parts that do not fit is refused`() {
        let authority = TestAuthority()
        let key = TestKey()
        #expect(throws: Identity.Flaw.keyDoesNotFit) {
            _ = try Identity.assemble(
                keyPEM: Secret(TestKey().pem),
                issued: authority.issue(to: key, .node).der,
                authority: authority.certificate.der
            )
        }
        #expect(throws: Identity.Flaw.notOfAuthority) {
            _ = try Identity.assemble(
                keyPEM: Secret(key.pem),
                issued: authority.issue(to: key, .node).der,
                authority: TestAuthority().certificate.der
            )
        }
    }

    @Test func `news hurry the next heartbeat, and news that flap are told ever more seldom`() {
        var pace = HeartbeatPace(interval: .seconds(15), at: .seconds(100))
        pace.sent(at: .seconds(100), random: 0.5)
        pace.answered(interval: .seconds(15), at: .seconds(100))
        #expect(!pace.isDue(at: .seconds(110)))
        pace.hurry(at: .seconds(110))
        #expect(pace.isDue(at: .seconds(110)))
        var times: [Int] = []
        for second in 110..<170 {
            pace.hurry(at: .seconds(second))
            guard pace.isDue(at: .seconds(second)) else { continue }
            pace.sent(at: .seconds(second), random: 0.5)
            pace.answered(interval: .seconds(15), at: .seconds(second))
            times.append(second - 110)
        }
        #expect(times == [0, 2, 6, 14, 29, 44, 59])
        // An ordinary beat ends the haste.
        pace.sent(at: .seconds(185), random: 0.5)
        pace.hurry(at: .seconds(185) + .milliseconds(300))
        #expect(pace.isDue(at: .seconds(186)) && !pace.isDue(at: .milliseconds(185_900)))
    }
}

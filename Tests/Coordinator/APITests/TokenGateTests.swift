import Cryptography
import HTTPTypes
import Model
import NIOHTTP1
import Synchronization
import Testing

@testable import API

/// Bad tokens cost little, and never at the expense of good ones.
@Suite(.timeLimit(.minutes(10)))
struct TokenGateTests {
    private static let pepper = Pepper(version: 1, key: [UInt8](repeating: 1, count: 32))!
    private let client = ClientPrefix(IPAddress("192.0.2.7")!)
    private let now = ContinuousClock.now

    /// Looks up in a set, and counts.
    private final class Lookup: Sendable {
        let good: Set<SubscriptionToken>
        private let calls = Mutex(0)

        init(good: Set<SubscriptionToken> = []) {
            self.good = good
        }

        var count: Int { calls.withLock { $0 } }

        func callAsFunction(_ token: SubscriptionToken) -> Bool? {
            calls.withLock { $0 += 1 }
            return good.contains(token) ? true : nil
        }
    }

    private func pass(
        _ gate: TokenGate,
        _ token: SubscriptionToken,
        _ lookup: Lookup,
        from client: ClientPrefix? = nil,
        at moment: ContinuousClock.Instant? = nil
    ) async throws -> Bool {
        let owner: Bool? = try await gate.pass(token, from: client ?? self.client, now: moment ?? now) { _ in
            lookup(token)
        }
        return owner != nil
    }

    @Test func `a bad token is looked up once, and costs its address one failure`() async throws {
        for token in [SubscriptionToken.generate(), .generate(under: Self.pepper)] {
            let gate = TokenGate(peppers: Peppers(Self.pepper), burst: 2)
            let lookup = Lookup()
            for _ in 0..<1000 { #expect(try await pass(gate, token, lookup) == false) }
            #expect(lookup.count == 1)
            #expect(try await pass(gate, .generate(), lookup) == false)
        }
    }

    @Test func `good tokens behind an address from which an attacker invents tokens all come in, also after a restart`()
        async throws
    {
        let customers = (0..<1000).map { _ in SubscriptionToken.generate(under: Self.pepper) }
        let lookup = Lookup(good: Set(customers))
        let gate = TokenGate(peppers: Peppers(Self.pepper))
        var refused = 0
        for customer in customers {
            for _ in 0..<5 {
                do {
                    _ = try await pass(gate, .generate(), lookup)
                } catch is Problem {
                    refused += 1
                }
            }
            #expect(try await pass(gate, customer, lookup))
        }
        // 60 of the address, 200 of all such addresses.
        #expect(refused == 5000 - 260)
        #expect(lookup.count == 1000 + 260)
    }

    @Test func `a good token from before there were tags is known once it was seen, whatever comes from its address`()
        async throws
    {
        let old = SubscriptionToken.generate()
        let lookup = Lookup(good: [old])
        let gate = TokenGate(peppers: Peppers(Self.pepper), burst: 1)
        for _ in 0..<5 { #expect(try await pass(gate, old, lookup), "good tokens use nothing up") }
        for _ in 0..<500 { _ = try? await pass(gate, .generate(), lookup) }
        #expect(try await pass(gate, old, lookup))
    }

    @Test func `a token that was revoked is refused though it was good before, and a failed look-up blames nobody`()
        async throws
    {
        struct Away: Error {}
        let token = SubscriptionToken.generate()
        let gate = TokenGate(peppers: Peppers(Self.pepper), burst: 1)
        for _ in 0..<10 {
            await #expect(throws: Away.self) {
                let _: Bool? = try await gate.pass(token, from: client, now: now) { _ in throw Away() }
            }
        }
        #expect(try await pass(gate, token, Lookup(good: [token])))
        let revoked = Lookup()
        for _ in 0..<3 { #expect(try await pass(gate, token, revoked) == false) }
        #expect(revoked.count == 1)
        #expect(try await pass(gate, token, revoked, at: now + .seconds(1201)) == false)
        #expect(revoked.count == 2, "what was bad is looked at again now and then")
    }

    @Test func `a recent set forgets in time, and holds no more than it may`() {
        var set = RecentSet<Int>(life: .seconds(10), countMax: 100)
        for number in 0..<10_000 { set.insert(number, now: now) }
        #expect(set.count <= 100)
        let (newest, oldest) = (set.contains(9999, now: now), set.contains(0, now: now))
        #expect(newest && !oldest)
        let later = set.contains(9999, now: now + .seconds(10))
        #expect(later)
        let afterwards = set.contains(9999, now: now + .seconds(31))
        #expect(!afterwards)
    }

    @Test func `a dead token and many invented ones stop no customer of the same address`() async throws {
        try await CustomerListener.run { listener in
            let good = try await listener.fixture.token()
            let dead = SubscriptionToken.generate().text.reveal()
            for _ in 0..<61 { #expect(try await listener.status(.GET, "/v1/subscription", token: dead) == 401) }
            for _ in 0..<70 {
                let invented = SubscriptionToken.generate().text.reveal()
                _ = try await listener.status(.GET, "/v1/subscription", token: invented)
            }
            #expect(try await listener.status(.GET, "/v1/subscription", token: good) == 200)
        }
    }
}

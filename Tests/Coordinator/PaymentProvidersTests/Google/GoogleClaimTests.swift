import Billing
import Model
import Store
import Testing

@testable import PaymentProviders

/// Purchase tokens that a device posts.
@Suite(.timeLimit(.minutes(10)))
struct GoogleClaimTests {
    @Test func `a purchase token is a subscription and a token for it, and Google is told`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            let claimed = try await desk.claim("t1", product: "basic_monthly").get()
            let entitlement = try await desk.entitlement("t1")
            #expect(entitlement?.state == .active)
            let owner = try await desk.owner(of: claimed)
            #expect(owner == claimed.subscription)
            #expect(desk.world["t1"]?.isAcknowledged == true)
        }
    }

    @Test func `claiming again ends the older token`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            let first = try await desk.claim("t1").get()
            #expect(try await desk.claim("t1").get().token == first.token, "a retry within a minute")
            desk.clock.now = desk.clock.now + Store.claimWindow
            let second = try await desk.claim("t1").get()
            let owners = [try await desk.owner(of: first), try await desk.owner(of: second)]
            #expect(owners == [nil, second.subscription])
        }
    }

    private static let refused: [(String, GoogleWorld.Purchase?, String?)] = [
        ("a purchase that Google does not know", nil, nil),
        ("a purchase of money in the test world", .init(isTest: false), nil),
        ("a product that nobody sells", .init(product: "gold_monthly"), nil),
        ("another product than it says", .init(), "plus_monthly"),
    ]

    @Test func `what proves no purchase gives no token`() async throws {
        try await GoogleDesk.open { desk in
            for (name, purchase, product) in Self.refused {
                desk.world["t1"] = purchase
                let claimed = await desk.claim("t1", product: product)
                #expect(throws: ProofRefusal.invalid, "\(name)") { try claimed.get() }
                let record = try await desk.record("t1")
                #expect(record == nil, "\(name)")
                #expect(desk.world["t1"]?.isAcknowledged != true, "\(name)")
            }
        }
    }

    @Test func `what is no purchase token is not asked about`() async throws {
        try await GoogleDesk.open { desk in
            for text in ["", "a/b", "..", "a?b=c", String(repeating: "a", count: 1025)] {
                let claimed = await desk.claim(text)
                #expect(throws: ProofRefusal.invalid) { try claimed.get() }
            }
            #expect(desk.world.targets.isEmpty)
        }
    }

    @Test func `a payment that is pending is waited for, and counts once it is there`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init(state: "PENDING")
            for _ in 0..<10 {
                let early = await desk.claim("t1")
                #expect(throws: ProofRefusal.pending) { try early.get() }
            }
            desk.world["t1"]?.state = "ACTIVE"
            _ = try await desk.claim("t1").get()
        }
    }

    @Test(arguments: [403, 429, 500])
    func `Google's silence refuses nobody for good, and takes nothing away`(status: Int) async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            let first = try await desk.claim("t1").get()
            desk.world.fail(status)
            let during = await desk.claim("t1")
            #expect(throws: ProofRefusal.unavailable) { try during.get() }
            let owner = try await desk.owner(of: first)
            #expect(owner == first.subscription)
            let entitlement = try await desk.entitlement("t1")
            #expect(entitlement?.state == .active)
        }
    }

    @Test func `a device never clears a revocation`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            try await desk.deliver("t1", id: "1")
            desk.world["t1"]?.state = "EXPIRED"
            try await desk.deliver("t1", type: 12, id: "2")
            desk.world["t1"]?.state = "ACTIVE"
            _ = await desk.claim("t1")
            let entitlement = try await desk.entitlement("t1")
            #expect(entitlement?.state == .revoked)
        }
    }

    @Test func `whoever posts the purchase before his upgrade gets what he has now`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["old"] = .init()
            let before = try await desk.claim("old").get()
            desk.world["new"] = .init(product: "plus_monthly", linked: "old")
            try await desk.deliver("new", id: "1")
            desk.clock.now = desk.clock.now + Store.claimWindow
            let claimed = try await desk.claim("old").get()
            let new = try await desk.record("new")
            #expect(claimed.subscription == new?.id)
            let owners = [try await desk.owner(of: before), try await desk.owner(of: claimed)]
            #expect(owners == [nil, new?.id])
        }
    }

    @Test func `one purchase is claimed five times an hour`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            for _ in 0..<5 {
                desk.clock.now = desk.clock.now + Store.claimWindow
                _ = try await desk.claim("t1").get()
            }
            let refused = await desk.claim("t1")
            #expect(throws: ProofRefusal.limited(retryAfter: .seconds(720))) { try refused.get() }
            desk.moments.pass(.seconds(720))
            _ = try await desk.claim("t1").get()
        }
    }

    @Test func `tokens that are made up do not make us ask Google all day`() async throws {
        try await GoogleDesk.open { desk in
            for number in 0..<50 { _ = await desk.claim("made-up-\(number)") }
            let refused = await desk.claim("made-up")
            #expect(throws: ProofRefusal.limited(retryAfter: .milliseconds(100))) { try refused.get() }
            desk.moments.pass(.seconds(1))
            let later = await desk.claim("made-up")
            #expect(throws: ProofRefusal.invalid) { try later.get() }
        }
    }

    @Test func `no line of the log names a purchase`() async throws {
        try await GoogleDesk.open { desk in
            let token = "secret-purchase"
            desk.world[token] = .init()
            desk.world.refuseAcknowledgements(of: [token])
            _ = try await desk.claim(token).get()
            desk.world[token]?.product = "gold_monthly"
            _ = await desk.claim(token)
            desk.world.fail(500)
            _ = await desk.claim(token)
            try await desk.deliver(token, id: "1")
            desk.clock.now = desk.clock.now + .seconds(49 * 3600)
            await desk.worker.catchUp()
            for line in ["cannot be asked about", "could not be acknowledged", "will refund", "gold_monthly", "waits"] {
                #expect(desk.log.text.contains(line), "\(line)")
            }
            #expect(!desk.log.text.contains(token))
        }
    }
}

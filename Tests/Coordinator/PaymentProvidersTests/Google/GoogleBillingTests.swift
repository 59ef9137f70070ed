import Billing
import Cryptography
import Model
import Store
import Testing

@testable import PaymentProviders

/// What a customer of Google Play's has, whatever comes in whatever order.
@Suite(.timeLimit(.minutes(10)))
struct GoogleBillingTests {
    private let end = Timestamp("2023-12-14T22:13:20.123456Z")!
    private let pepper = Pepper(version: 1, key: Array(repeating: 7, count: 32))!

    @Test func `a purchase gives access to its end, and Google is told`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            let answer = try await desk.deliver("t1", id: "1")
            #expect(answer == .ok)
            let entitlement = try #require(try await desk.entitlement("t1"))
            #expect(entitlement.state == .active)
            #expect(entitlement.tier == TierName("basic"))
            #expect(entitlement.accessUntil == end)
            #expect(desk.world["t1"]?.isAcknowledged == true)
            let waiting = try await desk.store.unacknowledgedPurchases(at: .google, .sandbox, limit: 9)
            #expect(waiting.isEmpty)
        }
    }

    @Test(arguments: [
        ("ACTIVE", EntitlementState.active, true), ("CANCELED", .active, true), ("IN_GRACE_PERIOD", .grace, true),
        ("ON_HOLD", .hold, false), ("PAUSED", .hold, false), ("PENDING", .pending, false), ("EXPIRED", .expired, false),
        ("PENDING_PURCHASE_CANCELED", .expired, false), ("SOMETHING_NEW", .hold, false),
    ])
    func `access is what Google says of it`(word: String, state: EntitlementState, access: Bool) async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init(state: word)
            try await desk.deliver("t1", id: "1")
            let entitlement = try #require(try await desk.entitlement("t1"))
            #expect(entitlement.state == state)
            #expect(entitlement.hasAccess(at: desk.clock.now) == access)
            #expect(!entitlement.hasAccess(at: end))
        }
    }

    /// Each notification only says where to look.
    @Test func `whatever type a notification has, the purchase's own state counts`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            for type in [13, 5, 2, 3, 99] {
                try await desk.deliver("t1", type: type, id: "\(type)")
                let entitlement = try await desk.entitlement("t1")
                #expect(entitlement?.state == .active, "type \(type)")
            }
            desk.world["t1"]?.state = "EXPIRED"
            try await desk.deliver("t1", type: 2, id: "late")
            let entitlement = try await desk.entitlement("t1")
            #expect(entitlement?.state == .expired)
        }
    }

    @Test func `a revoked purchase is revoked`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            try await desk.deliver("t1", id: "1")
            desk.world["t1"]?.state = "EXPIRED"
            try await desk.deliver("t1", type: 12, id: "2")
            let entitlement = try await desk.entitlement("t1")
            #expect(entitlement?.state == .revoked)
        }
    }

    @Test func `a purchase of money is not one of the test world`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init(isTest: false)
            try await desk.deliver("t1", id: "1")
            let record = try await desk.record("t1")
            #expect(record == nil)
            #expect(desk.world["t1"]?.isAcknowledged == false)
        }
    }

    @Test func `an unknown product waits for a person, and for its money back`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init(product: "gold_monthly")
            try await desk.deliver("t1", id: "1")
            let rows = try await desk.rows("SELECT parked_reason AS text FROM webhook_inbox")
            #expect(rows == ["no tier has the product gold_monthly"])
            #expect(desk.world["t1"]?.isAcknowledged == false)
        }
    }

    @Test(arguments: [429, 500, 503, 403])
    func `Google's silence takes nothing away, and is made good`(status: Int) async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            try await desk.deliver("t1", id: "1")
            desk.world["t1"]?.state = "EXPIRED"
            desk.world.fail(status)
            try await desk.deliver("t1", type: 13, id: "2")
            let during = try await desk.entitlement("t1")
            #expect(during?.state == .active)
            desk.world.fail(nil)
            desk.clock.now = desk.clock.now + .seconds(3600)
            await desk.worker.drain()
            let after = try await desk.entitlement("t1")
            #expect(after?.state == .expired)
        }
    }

    @Test func `a purchase that Google could not be told of stays to be told`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            desk.world.fail(nil, acknowledgements: 503)
            try await desk.deliver("t1", id: "1")
            let waiting = try await desk.store.unacknowledgedPurchases(at: .google, .sandbox, limit: 9)
            #expect(waiting.map(\.reference.text) == ["t1"])
            let entitlement = try await desk.entitlement("t1")
            #expect(entitlement?.state == .active)
            desk.world.fail(nil)
            await desk.worker.catchUp()
            #expect(desk.world["t1"]?.isAcknowledged == true)
            let left = try await desk.store.unacknowledgedPurchases(at: .google, .sandbox, limit: 9)
            #expect(left.isEmpty)
        }
    }

    @Test func `an access token that Google no longer takes is replaced`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            try await desk.deliver("t1", id: "1")
            desk.world.expireAccess()
            desk.world["t1"]?.state = "ON_HOLD"
            try await desk.deliver("t1", type: 5, id: "2")
            let entitlement = try await desk.entitlement("t1")
            #expect(entitlement?.state == .hold)
            #expect(desk.world.count(of: "/token") == 2)
        }
    }

    @Test func `a purchase that Google has forgotten has ended`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            try await desk.deliver("t1", id: "1")
            desk.world["t1"] = nil
            try await desk.deliver("t1", type: 13, id: "2")
            let entitlement = try await desk.entitlement("t1")
            #expect(entitlement?.state == .expired)
            try await desk.deliver("never-seen", id: "3")
            let rows = try await desk.rows(
                "SELECT parked_reason AS text FROM webhook_inbox WHERE parked_reason IS NOT NULL"
            )
            #expect(rows == ["Google does not know the purchase"])
        }
    }

    @Test func `an app's order is paid by the account that the purchase names`() async throws {
        try await GoogleDesk.open { desk in
            let secret = Array(repeating: UInt8(9), count: 32)
            let hash = SHA256.hash(secret)
            _ = try await desk.store.registerOrder(claimHash: hash, tier: TierName("basic")!, now: desk.clock.now)
            desk.world["t1"] = .init(account: Hexadecimal.encode(hash))
            try await desk.deliver("t1", id: "1")
            let claimed = try await desk.store.claim(secret: Secret(secret), pepper: pepper, now: desk.clock.now).get()
            let owner = try await desk.store.authenticate(
                [claimed.token],
                peppers: Peppers(pepper),
                now: desk.clock.now
            )
            let record = try await desk.record("t1")
            #expect(owner == [record?.id])
        }
    }

    /// An upgrade, or a subscription that ended and was bought anew in the Play Store.
    @Test(arguments: [true, false])
    func `whoever buys anew keeps what he has`(isLinked: Bool) async throws {
        try await GoogleDesk.open { desk in
            let secret = Array(repeating: UInt8(9), count: 32)
            _ = try await desk.store.registerOrder(
                claimHash: SHA256.hash(secret),
                tier: TierName("basic")!,
                now: desk.clock.now
            )
            desk.world["old"] = .init(account: Hexadecimal.encode(SHA256.hash(secret)))
            try await desk.deliver("old", id: "1")
            let claimed = try await desk.store.claim(secret: Secret(secret), pepper: pepper, now: desk.clock.now).get()
            desk.world["new"] = .init(
                product: "plus_monthly",
                linked: isLinked ? "old" : nil,
                expiredOutOfApp: isLinked ? nil : "old"
            )
            try await desk.deliver("new", id: "2")
            let new = try #require(try await desk.record("new"))
            #expect(new.entitlement.tier == TierName("plus"))
            let owner = try await desk.store.authenticate(
                [claimed.token],
                peppers: Peppers(pepper),
                now: desk.clock.now
            )
            #expect(owner == [new.id])
            // The old one is out for good, whatever is said of it.
            try await desk.deliver("old", type: 2, id: "3")
            let old = try await desk.entitlement("old")
            #expect(old?.state == .superseded)
            #expect(old?.hasAccess(at: desk.clock.now) == false)
        }
    }

    @Test(arguments: [
        ["a", "b", "c"], ["a", "c", "b"], ["b", "a", "c"], ["b", "c", "a"], ["c", "a", "b"], ["c", "b", "a"],
    ])
    func `a chain of upgrades ends at its last, in whatever order it is heard of`(order: [String]) async throws {
        try await GoogleDesk.open { desk in
            let secret = Array(repeating: UInt8(9), count: 32)
            let hash = SHA256.hash(secret)
            _ = try await desk.store.registerOrder(claimHash: hash, tier: TierName("basic")!, now: desk.clock.now)
            desk.world["a"] = .init(state: "EXPIRED", account: Hexadecimal.encode(hash))
            desk.world["b"] = .init(state: "EXPIRED", linked: "a")
            desk.world["c"] = .init(product: "plus_monthly", linked: "b")
            for token in order { try await desk.deliver(token, id: token) }
            let states = try await desk.rows("SELECT state AS text FROM subscriptions ORDER BY store_reference")
            #expect(states == ["superseded", "superseded", "active"])
            let owner = try await desk.rows(
                "SELECT s.store_reference AS text FROM orders o JOIN subscriptions s ON s.id = o.subscription_id"
            )
            #expect(owner == ["c"])
        }
    }

    @Test func `nothing of the payer is kept`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            try await desk.deliver("t1", id: "1")
            let dump = try await desk.rows(
                """
                SELECT row_to_json(s)::text AS text FROM subscriptions s UNION ALL
                SELECT row_to_json(w)::text FROM webhook_inbox w UNION ALL
                SELECT row_to_json(a)::text FROM audit_entries a
                """
            ).joined()
            #expect(dump.contains("t1"))
            for word in ["payer@example.org", "Ada", "Payer", "GPA.3345"] { #expect(!dump.contains(word)) }
        }
    }
}

import Billing
import Model
import Store
import Testing

@testable import PaymentProviders

/// Purchases at Google Play of several products, and of the test world.
@Suite(.timeLimit(.minutes(10)))
struct GoogleProductTests {
    private static func item(_ product: String, _ expiry: String?) -> String {
        let end = expiry.map { #", "expiryTime": "\#($0)""# } ?? ""
        return #"{"productId": "\#(product)"\#(end), "autoRenewingPlan": {"autoRenewEnabled": true}},"#
    }

    private static let (past, soon, late) = ("2023-11-01T00:00:00Z", "2023-12-01T00:00:00Z", "2024-11-01T00:00:00Z")
    private static let end = Timestamp("2023-12-14T22:13:20.123456Z")!

    private static let sets: [(items: String, tier: String, extra: Int, problem: String?)] = [
        (item("more_devices", soon), "basic", 3, nil), (item("more_devices", past), "basic", 0, nil),
        (item("more_devices", late), "basic", 3, nil), (item("dedicated_ip", soon), "basic", 0, nil),
        // A plan that ended, and one that waits for its deferred start, stand beside the current one.
        (item("plus_monthly", past), "basic", 0, nil), (item("plus_monthly", nil), "basic", 0, nil),
        (item("gold", soon), "basic", 0, "no tier has the product gold"),
    ]

    @Test(arguments: sets.indices)
    func `of several line items those that count now give tier and additions`(index: Int) async throws {
        let (items, tier, extra, problem) = Self.sets[index]
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init(moreItems: items)
            try await desk.deliver("t1", id: "1")
            let held = try await desk.entitlement("t1")
            #expect(held?.tier?.text == tier)
            #expect(held?.extraPeers == extra)
            #expect(held?.accessUntil == Self.end, "an add-on's end is not the tier's")
            #expect(held?.productProblem == problem)
            #expect(desk.world["t1"]?.isAcknowledged == true)
            #expect(desk.world.targets.contains { $0.contains("/subscriptions/basic_monthly/tokens/t1:acknowledge") })
        }
    }

    @Test func `two tiers without an order keep the tier that was there, and wait for a person`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            try await desk.deliver("t1", id: "1")
            desk.world["t1"] = .init(moreItems: Self.item("plus_monthly", Self.late))
            try await desk.deliver("t1", id: "2")
            let held = try await desk.entitlement("t1")
            #expect(held?.tier == TierName("basic") && held?.state == .active)
            let parked = try await desk.rows(
                "SELECT event_id AS text FROM webhook_inbox WHERE parked_reason IS NOT NULL"
            )
            #expect(parked == ["2"])
        }
    }

    @Test func `a plan that goes over to a product nobody configured is served as before, and not acknowledged`()
        async throws
    {
        try await GoogleDesk.open { desk in
            desk.world["old"] = .init()
            try await desk.deliver("old", id: "1")
            desk.world["old"]?.state = "EXPIRED"
            desk.world["new"] = .init(product: "gold", linked: "old")
            try await desk.deliver("new", id: "2")
            let held = try await desk.entitlement("new")
            #expect(held?.tier == TierName("basic"))
            #expect(held?.hasAccess(at: desk.clock.now) == true)
            #expect(desk.world["new"]?.isAcknowledged == false)
        }
    }

    @Test func `an add-on alone is for a person, and what gives nothing here waits for nobody`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init(product: "more_devices", expiry: Self.late)
            try await desk.deliver("t1", id: "1")
            desk.world["t2"] = .init(product: "dedicated_ip", expiry: Self.late)
            try await desk.deliver("t2", id: "2")
            let written = try await desk.rows("SELECT state AS text FROM subscriptions")
            #expect(written.isEmpty)
            let open = try await desk.rows("SELECT parked_reason AS text FROM webhook_inbox WHERE done_at IS NULL")
            #expect(open == ["the add-on more_devices was bought without a tier"])
        }
    }

    @Test func `an add-on whose tier has ended gives nothing`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init(moreItems: Self.item("more_devices", Self.late))
            try await desk.deliver("t1", id: "1")
            desk.clock.now = Self.end
            _ = try await desk.reconciler.refresh(GoogleDesk.reference("t1"))
            let held = try await desk.entitlement("t1")
            #expect(held?.state == .hold)
        }
    }

    @Test func `a purchase that was revoked and that Google calls active again is back`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            try await desk.deliver("t1", id: "1")
            desk.world["t1"]?.state = "EXPIRED"
            try await desk.deliver("t1", type: 12, id: "2")
            let revoked = try await desk.entitlement("t1")
            #expect(revoked?.state == .revoked)
            desk.world["t1"]?.state = "ACTIVE"
            try await desk.deliver("t1", type: 1, id: "3")
            let back = try await desk.entitlement("t1")
            #expect(back?.state == .active && back?.accessUntil == Self.end)
        }
    }

    private static let terms = TestPurchaseTerms(
        tier: TierName("test-purchase")!,
        atOnceMax: 1,
        lifetime: .seconds(3600)
    )

    @Test func `production takes a licence tester's purchase, marked and short`() async throws {
        try await GoogleDesk.open(environment: .production, testPurchases: Self.terms) { desk in
            desk.world["t1"] = .init()
            _ = try await desk.claim("t1", product: "basic_monthly").get()
            let held = try await desk.entitlement("t1")
            #expect(held?.tier == Self.terms.tier && held?.environment == .sandbox)
            #expect(held?.accessUntil == desk.clock.now + .seconds(3600))
            #expect(desk.world["t1"]?.isAcknowledged == true)
            desk.world["t2"] = .init()
            let second = await desk.claim("t2")
            #expect(second.refusal == .testPurchasesFull)
            try await desk.deliver("t2", id: "1")
            let other = try await desk.entitlement("t2")
            #expect(other == nil)
            desk.world["t3"] = .init(isTest: false)
            _ = try await desk.claim("t3").get()
            let rows = try await desk.rows(
                "SELECT environment || ' ' || tier AS text FROM subscriptions ORDER BY store_reference"
            )
            #expect(rows == ["sandbox test-purchase", "production basic"])
            #expect(desk.log.text.contains("took a test purchase"))
        }
    }

    @Test func `where test purchases are off, a licence tester is refused by a name of its own`() async throws {
        try await GoogleDesk.open(environment: .production) { desk in
            desk.world["t1"] = .init()
            let claim = await desk.claim("t1")
            #expect(claim.refusal == .testPurchase)
            try await desk.deliver("t1", id: "1")
            let rows = try await desk.rows("SELECT state AS text FROM subscriptions")
            #expect(rows.isEmpty)
            #expect(desk.log.text.contains("test_purchases.accepted is off"))
        }
    }
}

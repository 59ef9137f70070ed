import Billing
import Model
import StandInServer
import Store
import Testing

@testable import PaymentProviders

/// Subscriptions of Stripe's with several items, with an API key and without.
@Suite(.timeLimit(.minutes(10)))
struct StripeProductTests {
    private static func catalogue(ordered: Bool = true) throws -> TierCatalogue {
        let (basic, plus) = (TierName("basic")!, TierName("plus")!)
        return try TierCatalogue(
            [
                Tier(name: basic, peerLimit: 5, products: [.stripe: ["price_basic"]]),
                Tier(name: plus, peerLimit: 10, products: [.stripe: ["price_plus", "Gold-Plan €5"]]),
            ],
            addOns: [AddOn(products: [.stripe: ["price_devices"]], peers: 5)],
            ignored: ["price_dedicated_ip"],
            order: ordered ? [basic, plus] : []
        )
    }

    private static func subscription(_ prices: [String], status: String = "active") -> String {
        let items = prices.map {
            #"{"price": {"id": "\#($0)"}, "current_period_start": \#(StripeMaterial.time), "current_period_end": \#(StripeMaterial.time + StripeMaterial.month)}"#
        }
        return """
            {"id": "sub_1", "status": "\(status)", "livemode": false, "latest_invoice": \(StripeMaterial.invoice()),
             "items": {"object": "list", "data": [\(items.joined(separator: ","))]}}
            """
    }

    /// Delivers a subscription with these prices; with a key, Stripe says the same.
    private func hear(
        _ sets: [[String]],
        withKey: Bool,
        ordered: Bool = true,
        _ check: (BillingDesk) async throws -> Void
    ) async throws {
        let catalogue = try Self.catalogue(ordered: ordered)
        func play(_ desk: BillingDesk) async throws {
            for (index, prices) in sets.enumerated() {
                let created = StripeMaterial.time + Int64(index)
                let object = Self.subscription(prices)
                await desk.deliver("customer.subscription.updated", object, id: "evt_\(index)", created: created)
                await desk.worker.drain()
            }
            try await check(desk)
        }
        guard withKey else { return try await BillingDesk.open(catalogue: catalogue) { try await play($0) } }
        try await StandInServer.run { _, number in
            .init(status: 200, body: Self.subscription(sets[min(number, sets.count) - 1]))
        } _: { _, base in
            let api = StripeAPI(base: base, key: Secret("rk_test_holdfast"))
            try await BillingDesk.open(api: api, catalogue: catalogue) { try await play($0) }
        }
    }

    private static let served: [(prices: [String], tier: String, extra: Int, problem: String?)] = [
        (["price_basic", "price_dedicated_ip"], "basic", 0, nil), (["price_basic", "price_devices"], "basic", 5, nil),
        (["price_basic", "price_new"], "basic", 0, "no tier has the product price_new"),
        (["price_plus", "price_basic"], "plus", 0, nil), (["Gold-Plan €5"], "plus", 0, nil),
    ]

    @Test(arguments: served.indices, [true, false])
    func `what stands beside a tier's price takes nothing away`(index: Int, withKey: Bool) async throws {
        let (prices, tier, extra, problem) = Self.served[index]
        try await hear([prices], withKey: withKey) { desk in
            let held = try await desk.entitlement()
            #expect(held?.state == .active && held?.tier?.text == tier)
            #expect(held?.extraPeers == extra && held?.productProblem == problem)
            let parked = try await desk.parkedReasons()
            #expect(parked.isEmpty)
            let figures = try await desk.store.billingFigures(.sandbox, now: desk.clock.now)
            #expect(figures.productProblems[.stripe, default: 0] == (problem == nil ? 0 : 1))
        }
    }

    @Test(arguments: [true, false])
    func `a price that nobody configured takes no tier away from who has one`(withKey: Bool) async throws {
        try await hear([["price_basic"], ["price_new"]], withKey: withKey) { desk in
            let held = try await desk.entitlement()
            #expect(held?.state == .active && held?.tier == TierName("basic"))
            let parked = try await desk.parkedReasons()
            #expect(parked == ["no tier has the product price_new"])
        }
    }

    @Test(arguments: [true, false])
    func `two tiers without an order keep the tier that was there`(withKey: Bool) async throws {
        try await hear([["price_plus"], ["price_basic", "price_plus"]], withKey: withKey, ordered: false) { desk in
            let held = try await desk.entitlement()
            #expect(held?.state == .active && held?.tier == TierName("plus"))
            let parked = try await desk.parkedReasons()
            #expect(parked.count == 1)
        }
    }

    @Test(arguments: [true, false])
    func `a subscription to nothing that is served here leaves no trace and waits for nobody`(withKey: Bool)
        async throws
    {
        try await hear([["price_dedicated_ip"]], withKey: withKey) { desk in
            let held = try await desk.entitlement()
            #expect(held == nil)
            let parked = try await desk.parkedReasons()
            #expect(parked.isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func `who goes over to a product that gives nothing is on hold, and is back with a tier`(withKey: Bool) async throws
    {
        try await hear([["price_basic"], ["price_dedicated_ip"]], withKey: withKey) { desk in
            let held = try await desk.entitlement()
            #expect(held?.state == .hold)
        }
        try await hear([["price_basic"], ["price_dedicated_ip"], ["price_plus"]], withKey: withKey) { desk in
            let held = try await desk.entitlement()
            #expect(held?.state == .active && held?.tier == TierName("plus"))
        }
    }

    @Test func `settings that were mended are followed without another event`() async throws {
        try await hear([["price_basic"], ["price_basic", "price_new"]], withKey: false) { desk in
            let now = desk.clock.now
            let mended = try TierCatalogue(
                [
                    Tier(name: TierName("basic")!, peerLimit: 5, products: [.stripe: ["price_basic"]]),
                    Tier(name: TierName("gold")!, peerLimit: 9, products: [.stripe: ["price_new"]]),
                ],
                order: [TierName("basic")!, TierName("gold")!]
            )
            #expect(try await desk.store.productProblems().map(\.problem) == ["no tier has the product price_new"])
            let changed = try await desk.store.follow(mended, .sandbox, tierNames: ["basic", "gold"], now: now)
            #expect(changed == 1)
            let held = try await desk.entitlement()
            #expect(held?.tier == TierName("gold") && held?.productProblem == nil)
            let again = try await desk.store.follow(mended, .sandbox, tierNames: ["basic", "gold"], now: now)
            #expect(again == 0)
            // A tier that the settings lost is alarmed after an hour, and nothing is taken away.
            _ = try await desk.store.follow(try TierCatalogue([]), .sandbox, tierNames: [], now: now)
            let lost = try await desk.entitlement()
            #expect(lost?.tier == TierName("gold"))
            let soon = try await desk.store.billingFigures(.sandbox, now: now + .seconds(3600))
            #expect(soon.unusable.withoutTier == 0)
            let late = try await desk.store.billingFigures(.sandbox, now: now + .seconds(3601))
            #expect(late.unusable.withoutTier == 1)
        }
    }

    @Test func `a subscription that is paid and has no tier for an hour is counted`() async throws {
        try await BillingDesk.open { desk in
            await desk.deliver("invoice.paid", StripeMaterial.invoice(), id: "evt_1")
            await desk.worker.drain()
            let now = desk.clock.now
            let soon = try await desk.store.billingFigures(.sandbox, now: now + .seconds(3600))
            #expect(soon.unusable.withoutTier == 0)
            let late = try await desk.store.billingFigures(.sandbox, now: now + .seconds(3601))
            #expect(late.unusable.withoutTier == 1)
            await desk.deliver("customer.subscription.created", StripeMaterial.subscription(), id: "evt_2")
            await desk.worker.drain()
            let mended = try await desk.store.billingFigures(.sandbox, now: now + .seconds(3601))
            #expect(mended.unusable.withoutTier == 0)
        }
    }
}

import Billing
import Cryptography
import Model
import SeededRandom
import Store
import Testing

@testable import PaymentProviders

/// Without a key: Stripe's own events in every order, repeated, and a day late.
@Suite(.timeLimit(.minutes(10))) struct StripeDisorderTests {
    private typealias Objects = StripeObjects

    private struct Event: Sendable {
        let type: String
        let object: String
        let id: String
        let created: Int64
    }

    private static let hash = SHA256.hash(Array(1...32))

    /// A purchase as Stripe tells of it: the payment's event may be newer than those of the subscription.
    private static let purchase = [
        Event(
            type: "customer.subscription.created",
            object: Objects.Subscription(status: "incomplete", start: 0, end: 30).json(),
            id: "evt_created",
            created: 0
        ),
        Event(
            type: "customer.subscription.updated",
            object: Objects.Subscription(start: 0, end: 30).json(),
            id: "evt_updated",
            created: 0
        ),
        Event(
            type: "invoice.paid",
            object: Objects.Invoice(lines: [.init(start: 0, end: 30)], reason: "subscription_create", made: 0).json,
            id: "evt_paid",
            created: 1
        ),
        Event(
            type: "checkout.session.completed",
            object: StripeMaterial.session(claim: Hexadecimal.encode(hash)),
            id: "evt_session",
            created: 1
        ),
    ]

    private static func orders(_ events: [Event]) -> [[Event]] {
        guard events.count > 1 else { return [events] }
        return events.indices.flatMap { index in
            var rest = events
            let first = rest.remove(at: index)
            return orders(rest).map { [first] + $0 }
        }
    }

    @Test func `a purchase ends paid and usable in each of its orders, and is usable once its payment is known`()
        async throws
    {
        for (number, order) in Self.orders(Self.purchase).enumerated() {
            try await BillingDesk.open { desk in
                _ = try await desk.store.registerOrder(
                    claimHash: Self.hash,
                    tier: TierName("basic")!,
                    now: desk.clock.now
                )
                for (index, event) in order.enumerated() {
                    // Each is a day later than the one before, and comes twice.
                    desk.clock.now = Timestamp(seconds: Objects.moment(Int64(index)))
                    for _ in 0..<2 {
                        await desk.deliver(
                            event.type,
                            event.object,
                            id: event.id,
                            created: StripeMaterial.time + event.created
                        )
                    }
                    await desk.worker.drain()
                    guard order[...index].contains(where: { $0.id == "evt_paid" }) else { continue }
                    let held = try #require(try await desk.entitlement())
                    #expect(held.hasAccess(at: desk.clock.now), "order \(number)")
                    #expect(held.tier == TierName("basic"), "order \(number): paid and not usable")
                }
                let held = try #require(try await desk.entitlement())
                #expect(held.state == .active, "order \(number)")
                #expect(held.paidThrough?.seconds == Objects.moment(30), "order \(number)")
                #expect(try await desk.parkedReasons().isEmpty, "order \(number)")
                let pepper = try #require(Pepper(version: 1, key: Array(repeating: 3, count: 32)))
                let claimed = try await desk.store.claim(
                    secret: Secret(Array(1...32)),
                    pepper: pepper,
                    now: desk.clock.now
                )
                #expect((try? claimed.get()) != nil, "order \(number)")
            }
        }
    }

    @Test(arguments: StripeMaterial.Shape.allCases, 0..<6 as Range<UInt64>)
    func `two periods, an upgrade and a refund of the first period end the same in any order`(
        shape: StripeMaterial.Shape,
        seed: UInt64
    ) async throws {
        // A charge names its invoice in the older shape alone.
        let charge = Objects.charge("1", invoice: #""in_1""#)
        func invoice(_ id: String, _ lines: [Objects.Line], _ made: Int64, _ number: String) -> String {
            Objects.Invoice(id: id, shape: shape, lines: lines, made: made, number: number).json
        }
        let events =
            [
                ("customer.subscription.created", Objects.Subscription(shape: shape, start: 0, end: 30).json(), 0),
                ("invoice.paid", invoice("in_1", [.init(start: 0, end: 30)], 0, "1"), 0),
                ("customer.subscription.updated", Objects.Subscription(shape: shape, start: 30, end: 60).json(), 30),
                ("invoice.paid", invoice("in_2", [.init(start: 30, end: 60)], 30, "2"), 30),
                (
                    "customer.subscription.updated",
                    Objects.Subscription(shape: shape, price: "price_plus", start: 30, end: 60).json(), 31
                ),
                (
                    "invoice.paid",
                    invoice(
                        "in_3",
                        [
                            .init(start: 31, end: 60, amount: -480, isProration: true),
                            .init(price: "price_plus", start: 31, end: 60, amount: 900, isProration: true),
                        ],
                        31,
                        "3"
                    ), 31
                ),
                ("charge.refunded", charge, 32),
            ] as [(String, String, Int64)]
        var random = SplitMix64(seed: seed)
        try await BillingDesk.open { desk in
            desk.clock.now = Timestamp(seconds: Objects.moment(33))
            for index in events.indices.shuffled(using: &random) {
                let (type, object, day) = events[index]
                await desk.deliver(type, object, id: "evt_\(index)", created: Objects.moment(day))
                await desk.worker.drain()
            }
            // The refund waited for its invoice.
            desk.clock.now = Timestamp(seconds: Objects.moment(34))
            await desk.worker.drain()
            let held = try #require(try await desk.entitlement())
            #expect(held.state == .active, "seed \(seed)")
            #expect(held.tier == TierName("plus"), "seed \(seed)")
            #expect(try await desk.hasAccess(day: 59), "seed \(seed)")
            #expect(try await desk.parkedReasons().isEmpty, "seed \(seed)")
        }
    }
}

import Billing
import Testing

@testable import PaymentProviders

/// Changes of the plan: what their invoices pay for, and what money back for them takes.
@Suite(.timeLimit(.minutes(10))) struct StripeProrationTests {
    private typealias Objects = StripeObjects

    private static func year(_ shape: StripeMaterial.Shape) -> Objects.Invoice {
        Objects.Invoice(
            id: "in_year",
            shape: shape,
            lines: [.init(start: -20, end: 345, amount: 4900)],
            reason: "subscription_create",
            made: -20,
            amountPaid: 4900,
            number: "year"
        )
    }

    @Test(arguments: StripeKey.allCases, StripeMaterial.Shape.allCases)
    func `the difference for an upgrade that is refunded leaves the year that was paid`(
        key: StripeKey,
        shape: StripeMaterial.Shape
    ) async throws {
        let upgrade = Objects.Invoice(
            id: "in_upgrade",
            shape: shape,
            lines: [
                .init(start: -2, end: 345, amount: -4700, isProration: true),
                .init(price: "price_plus", start: -2, end: 345, amount: 9400, isProration: true),
            ],
            reason: "subscription_update",
            made: -2,
            amountPaid: 4700,
            number: "2"
        )
        let basic = Objects.Subscription(shape: shape, start: -20, end: 345)
        let plus = Objects.Subscription(shape: shape, price: "price_plus", start: -20, end: 345)
        let world = StripeWorld(.init(subscription: basic, invoices: [Self.year(shape)]))
        let invoice = shape == .legacy ? #""in_upgrade""# : nil
        let charge = Objects.charge("2", refunded: 4700, invoice: invoice)
        try await key.open(world) { desk in
            try await desk.happen("customer.subscription.created", basic.json(), "evt_1", day: -20)
            try await desk.happen("invoice.paid", Self.year(shape).json, "evt_2", day: -20)
            world.state = .init(
                subscription: plus,
                invoices: [upgrade, Self.year(shape)],
                objects: ["ch_2": charge, "dp_2": Objects.dispute("needs_response", "2")]
            )
            try await desk.happen("customer.subscription.updated", plus.json(), "evt_3", day: -2)
            try await desk.happen("invoice.paid", upgrade.json, "evt_4", day: -2)
            try await desk.happen("charge.refunded", charge, "evt_5", day: 0)
            try await desk.happen("charge.dispute.created", Objects.dispute("needs_response", "2"), "evt_6", day: 0)
            let held = try #require(try await desk.entitlement())
            #expect(held.state == .active)
            #expect(held.tier?.text == "plus")
            #expect(try await desk.hasAccess(day: 344))
        }
    }

    @Test(arguments: StripeKey.allCases, StripeMaterial.Shape.allCases)
    func `a year that was changed to a month is paid for the month alone`(
        key: StripeKey,
        shape: StripeMaterial.Shape
    ) async throws {
        let change = Objects.Invoice(
            id: "in_change",
            shape: shape,
            lines: [
                .init(start: -50, end: 305, amount: -4850, isProration: true),
                .init(price: "price_basic_month", start: -50, end: -20, amount: 500),
            ],
            reason: "subscription_update",
            made: -50,
            amountPaid: 0,
            number: "2"
        )
        var year = Self.year(shape)
        (year.lines, year.made) = ([.init(start: -60, end: 305, amount: 4900)], -60)
        var month = Objects.Subscription(shape: shape, price: "price_basic_month", start: -50, end: -20)
        let first = month
        let world = StripeWorld(.init(subscription: month, invoices: [change, year]))
        try await key.open(world) { desk in
            try await desk.happen("invoice.paid", year.json, "evt_1", day: -60)
            try await desk.happen("customer.subscription.updated", first.json(), "evt_2", day: -50)
            try await desk.happen("invoice.paid", change.json, "evt_3", day: -50)
            (month.status, month.start, month.end) = ("past_due", -20, 10)
            let open = Objects.Invoice(
                id: "in_open",
                shape: shape,
                lines: [.init(price: "price_basic_month", start: -20, end: 10)],
                status: "open",
                made: -20,
                number: "3"
            )
            world.state = .init(subscription: month, invoices: [open, change, year])
            try await desk.happen("customer.subscription.updated", month.json(), "evt_4", day: -20)
            let held = try #require(try await desk.entitlement())
            #expect(held.state == .grace)
            #expect(try await desk.hasAccess(day: -14))
            #expect(try await !desk.hasAccess(day: -13))
            // The month is paid after all, and its money goes back.
            var paid = open
            (paid.status, month.status) = ("paid", "active")
            let charge = Objects.charge("3", invoice: shape == .legacy ? #""in_open""# : nil)
            world.state = .init(subscription: month, invoices: [paid, change, year], objects: ["ch_3": charge])
            try await desk.happen("customer.subscription.updated", month.json(), "evt_5", day: -15)
            try await desk.happen("invoice.paid", paid.json, "evt_6", day: -15)
            #expect(try await desk.hasAccess(day: 9))
            try await desk.happen("charge.refunded", charge, "evt_7", day: -10)
            let needsKey = key == .missing && shape == .basil
            #expect(try await desk.entitlement()?.state == (needsKey ? .active : .revoked))
            let parked = try await desk.parkedReasons()
            #expect(parked == (needsKey ? ["charge.refunded needs an API key"] : []))
        }
    }
}

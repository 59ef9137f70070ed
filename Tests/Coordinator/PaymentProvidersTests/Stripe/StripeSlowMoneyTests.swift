import Billing
import Model
import Testing

@testable import PaymentProviders

/// Payments that take days, and lists that take pages: nobody who pays is cut off.
@Suite(.timeLimit(.minutes(10))) struct StripeSlowMoneyTests {
    private typealias Objects = StripeObjects

    private let paid = Objects.Invoice(id: "in_0", lines: [.init(start: -35, end: -5)], made: -35, number: "0")
    private let renewed = Objects.Subscription(start: -5, end: 25)

    @Test(arguments: StripeKey.allCases)
    func `a debit that is under way gives access while Stripe says active, for two weeks`(key: StripeKey) async throws {
        let open = Objects.Invoice(lines: [.init(start: -5, end: 25)], status: "open", made: -5)
        let world = StripeWorld(.init(subscription: renewed, invoices: [open, paid]))
        try await key.open(world) { desk in
            try await desk.happen("invoice.paid", paid.json, "evt_1", day: -35)
            try await desk.happen("customer.subscription.updated", renewed.json(), "evt_2", day: -5)
            #expect(try await desk.entitlement()?.state == .active)
            #expect(try await desk.hasAccess(day: 8))
            #expect(try await !desk.hasAccess(day: 9))
            var failed = renewed
            failed.status = "past_due"
            world.state.subscription = failed
            try await desk.happen("customer.subscription.updated", failed.json(), "evt_3", day: 0)
            #expect(try await !desk.hasAccess(day: 2), "grace counts from the last paid moment")
        }
    }

    @Test(arguments: StripeKey.allCases)
    func `a mailed invoice gives access until it is due`(key: StripeKey) async throws {
        var mailed = renewed
        mailed.more = #""collection_method": "send_invoice", "days_until_due": 30,"#
        let open = Objects.Invoice(lines: [.init(start: -5, end: 25)], status: "open", made: -5, due: 25)
        let world = StripeWorld(.init(subscription: mailed, invoices: [open, paid]))
        try await key.open(world) { desk in
            try await desk.happen("invoice.paid", paid.json, "evt_1", day: -35)
            try await desk.happen("customer.subscription.updated", mailed.json(), "evt_2", day: -5)
            #expect(try await desk.hasAccess(day: 24))
            #expect(try await !desk.hasAccess(day: 25))
        }
    }

    @Test(arguments: StripeKey.allCases, StripeMaterial.Shape.allCases)
    func `a renewal whose invoice has its month on another page is paid`(
        key: StripeKey,
        shape: StripeMaterial.Shape
    ) async throws {
        var invoice = Objects.Invoice(shape: shape, made: -5)
        for number in 0..<25 as Range<Int64> {
            let amount = number.isMultiple(of: 2) ? -number - 1 : number + 1
            invoice.lines.append(.init(start: -20, end: -5, amount: amount, isProration: true))
        }
        invoice.lines.append(.init(start: -5, end: 25))
        var subscription = renewed
        subscription.shape = shape
        let world = StripeWorld(.init(subscription: subscription, invoices: [invoice, paid]))
        try await key.open(world) { desk in
            try await desk.happen("invoice.paid", paid.json, "evt_1", day: -35)
            try await desk.happen("invoice.paid", invoice.json, "evt_2", day: -5)
            try await desk.happen("customer.subscription.updated", subscription.json(), "evt_3", day: -5)
            #expect(try await desk.hasAccess(day: 24))
            #expect(try await desk.entitlement()?.paidThrough?.seconds == Objects.moment(25))
        }
    }

    @Test func `an upgrade whose payment is under way leaves the year that was paid`() async throws {
        let year = Objects.Invoice(id: "in_year", lines: [.init(start: -20, end: 345)], made: -20, number: "0")
        let upgrade = Objects.Invoice(
            lines: [.init(price: "price_plus", start: -2, end: 345, amount: 9400, isProration: true)],
            status: "open",
            reason: "subscription_update",
            made: -2
        )
        let plus = Objects.Subscription(price: "price_plus", start: -20, end: 345)
        let world = StripeWorld(.init(subscription: plus, invoices: [upgrade, year]))
        try await world.open { desk in
            try await desk.happen("customer.subscription.updated", plus.json(), "evt_1", day: 0)
            #expect(try await desk.hasAccess(day: 344))
        }
    }

    @Test(arguments: [("void", true), ("uncollectible", false)])
    func `an invoice that was let go gives its period, one that was given up the allowance`(
        status: String,
        isForgiven: Bool
    ) async throws {
        let invoice = Objects.Invoice(lines: [.init(start: -5, end: 25)], status: status, made: -5)
        try await StripeWorld(.init(subscription: renewed, invoices: [invoice, paid])).open { desk in
            try await desk.happen("customer.subscription.updated", renewed.json(), "evt_1", day: 0)
            #expect(try await desk.hasAccess(day: 8))
            #expect(try await desk.hasAccess(day: 24) == isForgiven)
        }
    }
}

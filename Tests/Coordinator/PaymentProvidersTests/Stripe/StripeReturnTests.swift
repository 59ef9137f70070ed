import Billing
import Model
import Store
import Testing

@testable import PaymentProviders

/// Money that goes back, and of which payment it was.
@Suite(.timeLimit(.minutes(10))) struct StripeReturnTests {
    private typealias Objects = StripeObjects

    private static let subscription = Objects.Subscription(start: 0, end: 30)
    private static let invoice = Objects.Invoice(
        lines: [.init(start: 0, end: 30)],
        reason: "subscription_create",
        made: 0
    )

    private func inboxCount(_ desk: BillingDesk) async throws -> Int {
        try await desk.store.billingFigures(.sandbox, now: desk.clock.now).inboxes[.stripe]?.waiting ?? 0
    }

    @Test func `with a key, money back for what is no subscription is settled at once`() async throws {
        let world = StripeWorld(
            .init(
                subscription: Self.subscription,
                invoices: [
                    Self.invoice, Objects.Invoice(id: "in_2", made: 0, number: "2", hasSubscription: false),
                ],
                objects: [
                    "ch_7": Objects.charge("7"), "ch_2": Objects.charge("2"),
                    "ch_8": #"{"id": "ch_8", "refunded": true, "amount_refunded": 500, "payment_intent": null}"#,
                    "dp_7": Objects.dispute("needs_response", "7"),
                ]
            )
        )
        try await world.open { desk in
            try await desk.happen("customer.subscription.created", Self.subscription.json(), "evt_0", day: 0)
            try await desk.happen("charge.refunded", Objects.charge("7"), "evt_1", day: 1)
            try await desk.happen("charge.refunded", Objects.charge("2"), "evt_2", day: 1)
            try await desk.happen("charge.refunded", world.state.objects["ch_8"]!, "evt_3", day: 1)
            try await desk.happen("charge.dispute.created", Objects.dispute("needs_response", "7"), "evt_4", day: 1)
            #expect(try await inboxCount(desk) == 0)
            #expect(try await desk.parkedReasons().isEmpty)
            #expect(try await desk.hasAccess(day: 29))
        }
    }

    @Test(arguments: ["charge.refunded", "charge.dispute.created", "customer.subscription.updated"])
    func `an object that the key cannot see is set aside at once`(type: String) async throws {
        var other = Self.subscription.json()
        other = other.replacing(#""id": "sub_1""#, with: #""id": "sub_other""#)
        let objects = ["charge.refunded": Objects.charge("9"), "charge.dispute.created": Objects.dispute("lost", "9")]
        try await StripeWorld(.init(subscription: Self.subscription)).open { desk in
            try await desk.happen(type, objects[type] ?? other, "evt_1", day: 0)
            #expect(try await inboxCount(desk) == 0)
            #expect(try await desk.parkedReasons() == [StripeResolver.unknownToKey])
        }
    }

    @Test func `without a key, a charge that paid no invoice is settled at once`() async throws {
        try await BillingDesk.open { desk in
            try await desk.happen("charge.refunded", Objects.charge("7", invoice: "null"), "evt_1", day: 1)
            var other = Objects.Invoice(id: "in_7", shape: .legacy, made: 0, number: "8", hasSubscription: false)
            other.lines = [.init(start: 0, end: 0, isExtra: true)]
            other.hasSubscription = false
            let json = other.json.replacing(#""subscription": "sub_1""#, with: #""subscription": null"#)
            try await desk.happen("invoice.paid", json, "evt_2", day: 1)
            try await desk.happen("charge.refunded", Objects.charge("8", invoice: #""in_7""#), "evt_3", day: 1)
            #expect(try await inboxCount(desk) == 0)
            #expect(try await desk.parkedReasons().isEmpty)
        }
    }

    @Test func `without a key, what names no invoice is set aside at once, and what takes nothing is let go`()
        async throws
    {
        try await BillingDesk.open { desk in
            try await desk.happen("invoice.paid", Self.invoice.json, "evt_0", day: 0)
            try await desk.happen("charge.refunded", Objects.charge(), "evt_1", day: 1)
            try await desk.happen("charge.dispute.created", Objects.dispute("needs_response"), "evt_2", day: 1)
            try await desk.happen("charge.refunded", Objects.charge(refunded: 100, isWhole: false), "evt_3", day: 1)
            try await desk.happen("charge.dispute.created", Objects.dispute("warning_needs_response"), "evt_4", day: 1)
            #expect(try await inboxCount(desk) == 0)
            let parked = try await desk.parkedReasons().sorted()
            #expect(parked == ["charge.dispute.created needs an API key", "charge.refunded needs an API key"])
        }
    }

    @Test(arguments: StripeKey.allCases)
    func `a refund that fails later, and a dispute that is won, give the period back`(key: StripeKey) async throws {
        var legacy = Self.invoice
        legacy.shape = .legacy
        let world = StripeWorld(.init(subscription: Self.subscription, invoices: [legacy]))
        try await key.open(world) { desk in
            try await desk.happen("customer.subscription.created", Self.subscription.json(), "evt_1", day: 0)
            try await desk.happen("invoice.paid", legacy.json, "evt_2", day: 0)
            let charge = Objects.charge(invoice: #""in_1""#)
            world.state.objects["ch_1"] = charge
            try await desk.happen("charge.refunded", charge, "evt_3", day: 1)
            #expect(try await desk.entitlement()?.state == .revoked)
            world.state.objects["ch_1"] = Objects.charge(refunded: 0, isWhole: false)
            let refund =
                #"{"id": "re_1", "status": "failed", "amount": 500, "charge": "ch_1", "payment_intent": "pi_1"}"#
            try await desk.happen("refund.failed", refund, "evt_4", day: 2)
            #expect(try await desk.hasAccess(day: 29))
            world.state.objects["dp_1"] = Objects.dispute("needs_response")
            try await desk.happen("charge.dispute.created", Objects.dispute("needs_response"), "evt_5", day: 3)
            #expect(try await desk.entitlement()?.state == .revoked)
            world.state.objects["dp_1"] = Objects.dispute("won")
            try await desk.happen("charge.dispute.closed", Objects.dispute("won"), "evt_6", day: 4)
            #expect(try await desk.hasAccess(day: 29))
            #expect(try await desk.parkedReasons().isEmpty)
        }
    }

    @Test(arguments: StripeKey.allCases)
    func `a fee beside a free trial takes no trial along when it is refunded`(key: StripeKey) async throws {
        let trial = Objects.Subscription(status: "trialing", start: 0, end: 14)
        let fee = Objects.Invoice(
            shape: .legacy,
            lines: [.init(start: 0, end: 14, amount: 0), .init(start: 0, end: 0, amount: 2000, isExtra: true)],
            reason: "subscription_create",
            made: 0,
            amountPaid: 2000
        )
        let charge = Objects.charge(refunded: 2000, invoice: #""in_1""#)
        let world = StripeWorld(.init(subscription: trial, invoices: [fee], objects: ["ch_1": charge]))
        try await key.open(world) { desk in
            try await desk.happen("customer.subscription.created", trial.json(), "evt_1", day: 0)
            try await desk.happen("invoice.paid", fee.json, "evt_2", day: 0)
            try await desk.happen("charge.refunded", charge, "evt_3", day: 1)
            #expect(try await desk.hasAccess(day: 13))
            #expect(try await desk.parkedReasons() == ["money back for no period of the subscription"])
        }
    }
}

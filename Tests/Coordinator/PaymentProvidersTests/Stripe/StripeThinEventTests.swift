import Billing
import Foundation
import Logging
import Model
import Store
import Testing

@testable import PaymentProviders

/// Events that only name their object, and those that cannot be read: a 2xx would hide them for ever.
@Suite(.timeLimit(.minutes(10))) struct StripeThinEventTests {
    private typealias Objects = StripeObjects

    private static func event(
        _ type: String,
        _ object: String,
        _ id: String,
        created: String = "2023-11-14T22:13:20.000Z",
        livemode: Bool = false
    ) -> [UInt8] {
        Array(
            """
            {"id": "evt_65Thin", "object": "v2.core.event", "type": "\(type)", "created": "\(created)",
             "livemode": \(livemode), "context": null,
             "related_object": {"id": "\(id)", "type": "\(object)", "url": "/v1/\(object)s/\(id)"}}
            """.utf8
        )
    }

    private func receive(_ body: [UInt8], _ desk: BillingDesk) async -> WebhookAnswer {
        let header = StripeMaterial.header(body, time: desk.clock.now.seconds)
        return await desk.receiver.receive(header: header, body: body, now: desk.clock.now)
    }

    private static let known = [
        ("v1.customer.subscription.updated", "subscription", "sub_1"),
        ("v1.customer.subscription.past_due", "subscription", "sub_1"), ("v1.invoice.paid", "invoice", "in_1"),
        ("v1.checkout.session.completed", "checkout.session", "cs_1"),
    ]

    @Test(arguments: known.indices)
    func `with a key its object is asked for`(index: Int) async throws {
        let (type, object, id) = Self.known[index]
        let world = StripeWorld(
            .init(
                subscription: Objects.Subscription(start: 0, end: 30),
                invoices: [Objects.Invoice(lines: [.init(start: 0, end: 30)], made: 0)],
                objects: ["sessions": StripeMaterial.session(claim: String(repeating: "ab", count: 32))]
            )
        )
        try await world.open { desk in
            #expect(await receive(Self.event(type, object, id), desk) == .ok)
            #expect(await receive(Self.event(type, object, id), desk) == .duplicate)
            await desk.worker.drain()
            let hasAccess = try await desk.hasAccess(day: 29)
            #expect(hasAccess)
        }
    }

    @Test func `a refund that is only named revokes`() async throws {
        let world = StripeWorld(
            .init(
                subscription: Objects.Subscription(start: 0, end: 30),
                invoices: [Objects.Invoice(lines: [.init(start: 0, end: 30)], made: 0)],
                objects: ["ch_1": Objects.charge()]
            )
        )
        try await world.open { desk in
            #expect(await receive(Self.event("v1.charge.refunded", "charge", "ch_1"), desk) == .ok)
            await desk.worker.drain()
            let held = try await desk.entitlement()
            #expect(held?.state == .revoked)
        }
    }

    @Test func `without a key it is refused, so that Stripe shows it and sends it again`() async throws {
        try await BillingDesk.open { desk in
            for (type, object, id) in Self.known {
                #expect(await receive(Self.event(type, object, id), desk) == .needsKey)
            }
            let stored = try await desk.store.takeWebhooks(.stripe, limit: 10, now: desk.clock.now)
            #expect(stored.isEmpty)
        }
    }

    @Test func `what means nothing here, or is of the other world, is let go`() async throws {
        try await BillingDesk.open { desk in
            for body in [
                Self.event("v2.core.account.updated", "v2.core.account", "acct_1"),
                Self.event("v1.customer.created", "customer", "cus_1"),
                Self.event("v1.invoice.paid", "invoice", "in_1", livemode: true),
                Self.event("v1.invoice.paid", "invoice", "in_1", created: "yesterday", livemode: true),
            ] {
                #expect(await receive(body, desk) == .ignored)
            }
        }
    }

    @Test func `a thousand bad signatures are one line of the log`() async throws {
        try await BillingDesk.open { desk in
            let log = TestLog()
            let receiver = try StripeReceiver(
                store: desk.store,
                secrets: [StripeMaterial.secret],
                environment: .sandbox,
                signal: WakeSignal(),
                logger: Logger(label: "test") { _ in log }
            )
            for _ in 0..<1000 {
                let answer = await receiver.receive(header: "t=1,v1=00", body: [1], now: desk.clock.now)
                #expect(answer == .badSignature)
            }
            #expect(log.text.components(separatedBy: "refused a Stripe webhook").count == 2)
        }
    }

    @Test func `a signed body that cannot be read is not taken for done`() async throws {
        try await BillingDesk.open { desk in
            let thin = Self.event("v1.invoice.paid", "invoice", "in_1")
            for body in [
                Array(#"{"object": "event"}"#.utf8), Array("{".utf8), Array(thin.dropLast(3)),
                Self.event("v1.invoice.paid", "invoice", "../in_1"),
                Array(repeating: UInt8(ascii: " "), count: JSONLimits.byteCountMax + 1),
            ] {
                #expect(await receive(body, desk) == .unreadable)
            }
        }
    }
}

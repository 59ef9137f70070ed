import Billing
import Cryptography
import Database
import Logging
import Model
import Store
import Testing

@testable import PaymentProviders

@Suite(.timeLimit(.minutes(10))) struct WebhookTests {
    private let time = StripeMaterial.time

    @Test func `a paid order becomes a subscription that can be claimed`() async throws {
        try await BillingDesk.open { desk in
            let secret = Secret<[UInt8]>(Array(1...32))
            let hash = SHA256.hash(secret.reveal())
            let basic = try #require(TierName("basic"))
            _ = try await desk.store.registerOrder(claimHash: hash, tier: basic, now: desk.clock.now)
            let session = StripeMaterial.session(claim: Hexadecimal.encode(hash))
            #expect(await desk.deliver("checkout.session.completed", session, id: "evt_1") == .ok)
            #expect(await desk.deliver("checkout.session.completed", session, id: "evt_1") == .duplicate)
            await desk.deliver("customer.subscription.created", StripeMaterial.subscription(), id: "evt_2")
            await desk.deliver("invoice.paid", StripeMaterial.invoice(), id: "evt_3")
            await desk.worker.drain()
            let entitlement = try #require(try await desk.entitlement())
            #expect(entitlement.state == .active)
            #expect(entitlement.tier == basic)
            let end = Timestamp(seconds: time + StripeMaterial.month)
            #expect(entitlement.accessUntil == end + BillingPolicy().renewalLateness)
            let pepper = try #require(Pepper(version: 1, key: Array(repeating: 3, count: 32)))
            let claimed = try await desk.store.claim(secret: secret, pepper: pepper, now: desk.clock.now).get()
            let owner = try await desk.store.authenticate(
                [claimed.token],
                peppers: Peppers(pepper),
                now: desk.clock.now
            )[0]
            #expect(owner == claimed.subscription)
            let parked = try await desk.parkedReasons()
            #expect(parked.isEmpty)
        }
    }

    @Test func `what is not Stripe's, or not for here, is not stored`() async throws {
        try await BillingDesk.open { desk in
            let now = desk.clock.now
            let body = StripeMaterial.event("invoice.paid", StripeMaterial.invoice())
            let header = StripeMaterial.header(body)
            #expect(await desk.receiver.receive(header: header, body: body + [32], now: now) == .badSignature)
            let late = now + .seconds(301)
            #expect(await desk.receiver.receive(header: header, body: body, now: late) == .badSignature)
            let live = StripeMaterial.event("invoice.paid", StripeMaterial.invoice(), livemode: true)
            let liveHeader = StripeMaterial.header(live)
            #expect(await desk.receiver.receive(header: liveHeader, body: live, now: now) == .ignored)
            #expect(await desk.deliver("customer.created", "{}", id: "evt_2") == .ignored)
            let stored = try await desk.store.takeWebhooks(.stripe, limit: 10, now: late)
            #expect(stored.isEmpty)
        }
    }

    @Test func `an unknown price is parked and gives nothing`() async throws {
        try await BillingDesk.open { desk in
            await desk.deliver(
                "customer.subscription.created",
                StripeMaterial.subscription(price: "price_other"),
                id: "evt_1"
            )
            await desk.worker.drain()
            let held = try await desk.entitlement()
            #expect(held == nil)
            let parked = try await desk.parkedReasons()
            #expect(parked == ["no tier has the product price_other"])
        }
    }

    @Test func `an object of an unknown shape is parked`() async throws {
        try await BillingDesk.open { desk in
            #expect(await desk.deliver("invoice.paid", #"{"id": 7}"#, id: "evt_1") == .ok)
            await desk.worker.drain()
            let parked = try await desk.parkedReasons()
            #expect(parked == ["a invoice.paid of an unknown shape"])
        }
    }

    @Test func `a deletion ends the subscription even when its price is unknown`() async throws {
        try await BillingDesk.open { desk in
            await desk.deliver("customer.subscription.created", StripeMaterial.subscription(), id: "evt_1")
            await desk.worker.drain()
            let ended = StripeMaterial.subscription("canceled", price: "price_other")
            await desk.deliver("customer.subscription.deleted", ended, id: "evt_2", created: time + 1)
            await desk.worker.drain()
            let held = try await desk.entitlement()
            #expect(held?.state == .expired)
        }
    }

    @Test(arguments: StripeMaterial.Shape.allCases)
    func `a refund finds its subscription through the invoice, before or after it`(
        shape: StripeMaterial.Shape
    ) async throws {
        try await BillingDesk.open { desk in
            await desk.deliver("charge.refunded", StripeMaterial.charge(refunded: true), id: "evt_1", created: time + 9)
            await desk.worker.drain()
            let held = try await desk.entitlement()
            #expect(held == nil)
            await desk.deliver("invoice.paid", StripeMaterial.invoice(shape: shape), id: "evt_2")
            await desk.worker.drain()
            let heldLater = try await desk.entitlement()
            #expect(heldLater?.hasAccess(at: desk.clock.now) == true)
            desk.clock.now = desk.clock.now + .seconds(10)
            await desk.worker.drain()
            let heldAtLast = try await desk.entitlement()
            #expect(heldAtLast?.state == .revoked)
        }
    }

    @Test func `money back for an extra that was no period of the subscription is left to a person`() async throws {
        try await BillingDesk.open { desk in
            await desk.deliver("invoice.paid", StripeMaterial.invoice(), id: "evt_1")
            await desk.deliver("invoice.paid", StripeMaterial.invoiceOfAnExtra(), id: "evt_2")
            await desk.deliver("charge.refunded", StripeMaterial.chargeForAnExtra(), id: "evt_3", created: time + 9)
            await desk.worker.drain()
            let held = try await desk.entitlement()
            #expect(held?.hasAccess(at: desk.clock.now) == true)
            let parked = try await desk.parkedReasons()
            #expect(parked == ["money back for no period of the subscription"])
        }
    }

    @Test func `a partial refund and a mere inquiry change nothing, a dispute suspends`() async throws {
        try await BillingDesk.open { desk in
            await desk.deliver("invoice.paid", StripeMaterial.invoice(shape: .legacy), id: "evt_1")
            await desk.deliver("charge.refunded", StripeMaterial.charge(refunded: false), id: "evt_2")
            let inquiry = StripeMaterial.dispute("warning_needs_response")
            await desk.deliver("charge.dispute.created", inquiry, id: "evt_3")
            await desk.worker.drain()
            let held = try await desk.entitlement()
            #expect(held?.hasAccess(at: desk.clock.now) == true)
            await desk.deliver("charge.dispute.created", StripeMaterial.dispute("needs_response"), id: "evt_4")
            await desk.worker.drain()
            let heldLater = try await desk.entitlement()
            #expect(heldLater?.state == .revoked)
        }
    }

    @Test func `what cannot be resolved for a week is set aside`() async throws {
        try await BillingDesk.open { desk in
            await desk.deliver("charge.refunded", StripeMaterial.charge(refunded: true), id: "evt_1")
            await desk.worker.drain()
            let parked = try await desk.parkedReasons()
            #expect(parked.isEmpty)
            desk.clock.now = desk.clock.now + .seconds(7 * 86_400)
            await desk.worker.drain()
            let parkedLater = try await desk.parkedReasons()
            #expect(parkedLater == ["no invoice is known for the payment"])
        }
    }

    @Test func `a running worker is woken by what arrives`() async throws {
        try await BillingDesk.open { desk in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await desk.worker.run() }
                await desk.deliver("customer.subscription.created", StripeMaterial.subscription(), id: "evt_1")
                while try await desk.entitlement()?.state != .active { await Task.yield() }
                group.cancelAll()
            }
        }
    }

    @Test func `nothing personal is in the database afterwards`() async throws {
        try await BillingDesk.open { desk in
            let typed = StripeMaterial.session(claim: StripeMaterial.personal[0])
            await desk.deliver("checkout.session.completed", typed, id: "evt_1")
            await desk.deliver("invoice.paid", StripeMaterial.invoice(), id: "evt_2")
            await desk.deliver("charge.refunded", StripeMaterial.charge(refunded: true), id: "evt_3")
            await desk.worker.drain()
            let dump = try await desk.store.pool.read { transaction in
                try transaction.query(
                    """
                    SELECT w::text AS line FROM webhook_inbox w UNION ALL SELECT s::text FROM subscriptions s
                    UNION ALL SELECT a::text FROM audit_entries a
                    """
                ).map { row in try row.text("line") }.joined()
            }
            #expect(dump.contains("sub_1"))
            for text in StripeMaterial.personal { #expect(!dump.contains(text)) }
        }
    }

    @Test func `an empty or missing secret is no configuration`() async throws {
        try await BillingDesk.open { desk in
            let logger = Logger(label: "test")
            #expect(throws: WebhookSecretProblem.empty) {
                try StripeReceiver(
                    store: desk.store,
                    secrets: [Secret("")],
                    environment: .sandbox,
                    signal: WakeSignal(),
                    logger: logger
                )
            }
            #expect(throws: WebhookSecretProblem.none) {
                try StripeReceiver(
                    store: desk.store,
                    secrets: [],
                    environment: .sandbox,
                    signal: WakeSignal(),
                    logger: logger
                )
            }
        }
    }
}

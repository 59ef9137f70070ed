import Billing
import Cryptography
import Model
import StandInServer
import Store
import Testing

@testable import PaymentProviders

@Suite(.timeLimit(.minutes(10))) struct StripeAPITests {
    private let key = Secret("rk_test_holdfast")

    @Test func `a subscription is asked for with the key and its latest invoice`() async throws {
        let object = StripeMaterial.subscription(invoice: StripeMaterial.invoice())
        try await StandInServer.run { _, _ in
            .init(status: 200, body: object)
        } _: { server, base in
            let subscription = try await api(base).subscription(#require(StripeID("sub_1")))
            #expect(subscription.latest_invoice?.object?.times.first?.end == StripeMaterial.time + StripeMaterial.month)
            let request = try #require(server.requests.first)
            #expect(request.target == "/v1/subscriptions/sub_1?expand%5B%5D=latest_invoice")
            #expect(request.authorization == "Bearer rk_test_holdfast")
        }
    }

    @Test(arguments: [429, 500, 503]) func `what may pass is asked again`(status: Int) async throws {
        try await StandInServer.run { _, number in
            number < 3
                ? .init(status: status, body: "{}") : .init(status: 200, body: StripeMaterial.subscription())
        } _: { server, base in
            _ = try await api(base).subscription(#require(StripeID("sub_1")))
            #expect(server.requests.count == 3)
        }
    }

    @Test(arguments: [400, 401, 404]) func `what will not pass is asked once`(status: Int) async throws {
        try await StandInServer.run { _, _ in
            .init(status: status, body: "{}")
        } _: { server, base in
            let id = try #require(StripeID("sub_1"))
            await #expect(throws: StripeAPIError.status(status)) { try await api(base).subscription(id) }
            #expect(server.requests.count == 1)
        }
    }

    @Test func `an order's checkout carries the claim's hash, and asking again is the same request`() async throws {
        try await StandInServer.run { _, number in
            number == 1
                ? .init(status: 500, body: "")
                : .init(status: 200, body: #"{"id": "cs_1", "url": "https://checkout.stripe.com/c/pay/cs_1"}"#)
        } _: { server, base in
            let hash = Array(repeating: UInt8(0xab), count: 32)
            let url = try await api(base).createCheckoutSession(
                order: .random(),
                claimHash: hash,
                price: "price_basic",
                successURL: "https://example.org/?a=b",
                cancelURL: "https://example.org/"
            )
            #expect(url == "https://checkout.stripe.com/c/pay/cs_1")
            #expect(server.requests.count == 2)
            #expect(Set(server.requests).count == 1)
            #expect(server.requests[0].body.contains("client_reference_id=\(Hexadecimal.encode(hash))"))
            #expect(server.requests[0].idempotencyKey != nil)
        }
    }

    @Test func `with a key, an event only says where to look`() async throws {
        let ended = StripeMaterial.subscription("canceled")
        try await StandInServer.run { _, _ in
            .init(status: 200, body: ended)
        } _: { _, base in
            try await BillingDesk.open(api: api(base)) { desk in
                await desk.deliver("customer.subscription.updated", StripeMaterial.subscription(), id: "evt_1")
                await desk.worker.drain()
                let held = try await desk.entitlement()
                #expect(held?.state == .expired)
            }
        }
    }

    @Test func `an order whose price is not configured yet can still be claimed once it is`() async throws {
        let unknown = StripeMaterial.subscription(price: "price_new")
        let known = StripeMaterial.subscription(invoice: StripeMaterial.invoice())
        try await StandInServer.run { _, number in
            .init(status: 200, body: number == 1 ? unknown : known)
        } _: { _, base in
            try await BillingDesk.open(api: api(base)) { desk in
                let secret = Secret<[UInt8]>(Array(1...32))
                let hash = SHA256.hash(secret.reveal())
                let basic = try #require(TierName("basic"))
                _ = try await desk.store.registerOrder(claimHash: hash, tier: basic, now: desk.clock.now)
                let session = StripeMaterial.session(claim: Hexadecimal.encode(hash))
                await desk.deliver("checkout.session.completed", session, id: "evt_1")
                await desk.worker.drain()
                let pepper = try #require(Pepper(version: 1, key: Array(repeating: 3, count: 32)))
                let early = try await desk.store.claim(secret: secret, pepper: pepper, now: desk.clock.now)
                #expect(throws: ClaimRefusal.underReview) { try early.get() }
                await desk.deliver("customer.subscription.updated", StripeMaterial.subscription(), id: "evt_2")
                await desk.worker.drain()
                let claimed = try await desk.store.claim(secret: secret, pepper: pepper, now: desk.clock.now)
                #expect((try? claimed.get()) != nil)
            }
        }
    }

    @Test func `a failed fetch neither grants nor revokes, and is repeated later`() async throws {
        let active = StripeMaterial.subscription(invoice: StripeMaterial.invoice())
        try await StandInServer.run { _, number in
            number == 2 ? .init(status: 403, body: "{}") : .init(status: 200, body: active)
        } _: { server, base in
            try await BillingDesk.open(api: api(base)) { desk in
                await desk.deliver("invoice.paid", StripeMaterial.invoice(), id: "evt_1")
                await desk.worker.drain()
                let before = try await desk.entitlement()
                #expect(before?.hasAccess(at: desk.clock.now) == true)
                await desk.deliver("customer.subscription.deleted", StripeMaterial.subscription(), id: "evt_2")
                await desk.worker.drain()
                let held = try await desk.entitlement()
                #expect(held == before)
                desk.clock.now = desk.clock.now + .seconds(6)
                await desk.worker.drain()
                #expect(server.requests.count == 3)
                let heldLater = try await desk.entitlement()
                #expect(heldLater?.state == .active, "Stripe's own state counts")
            }
        }
    }

    private func api(_ base: String) -> StripeAPI {
        StripeAPI(base: base, key: key)
    }
}

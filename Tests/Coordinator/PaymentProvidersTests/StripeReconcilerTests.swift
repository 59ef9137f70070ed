import Billing
import Logging
import Model
import StandInServer
import Store
import Testing

@testable import PaymentProviders

/// What Stripe is asked without an event.
@Suite(.timeLimit(.minutes(10)))
struct StripeReconcilerTests {
    private let reference = StoreReference(provider: .stripe, environment: .sandbox, text: "sub_1")

    private func open(
        answering answer: @escaping @Sendable (StandInServer.Request, Int) -> StandInServer.Answer,
        _ body: (StandInServer, BillingDesk, StripeReconciler) async throws -> Void
    ) async throws {
        try await StandInServer.run(answering: answer) { server, base in
            try await BillingDesk.open { desk in
                var logger = Logger(label: "test")
                logger.logLevel = .critical
                let clock = desk.clock
                let reconciler = StripeReconciler(
                    store: desk.store,
                    api: StripeAPI(base: base, key: Secret("rk_test_holdfast")),
                    catalogue: try TierCatalogue([
                        Tier(name: TierName("basic")!, peerLimit: 5, products: [.stripe: ["price_basic"]])
                    ]),
                    environment: .sandbox,
                    signal: WakeSignal(),
                    clock: { clock.now },
                    logger: logger
                )
                try await body(server, desk, reconciler)
            }
        }
    }

    @Test func `Stripe's own state is in force`() async throws {
        let active = StripeMaterial.subscription(invoice: StripeMaterial.invoice())
        let ended = StripeMaterial.subscription("canceled")
        try await open { _, number in
            .init(status: 200, body: number == 1 ? active : ended)
        } _: { server, desk, reconciler in
            let outcome = try await reconciler.refresh(reference)
            let record = try #require(try await desk.store.subscription(reference))
            #expect(outcome == .applied(record.id))
            #expect(record.entitlement.hasAccess(at: desk.clock.now))
            _ = try await reconciler.refresh(reference)
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.state == .expired)
            #expect(server.requests.first?.target == "/v1/subscriptions/sub_1?expand%5B%5D=latest_invoice")
        }
    }

    private static let useless: [(Int, String, RefreshOutcome?)] = [
        (404, "{}", .notFound), (401, "{}", nil), (429, "{}", nil), (500, "", nil), (200, "<html>", nil),
        (
            200, StripeMaterial.subscription(price: "price_of_nobody"),
            .unusable("no tier has the product price_of_nobody")
        ),
        (
            200, StripeMaterial.subscription("canceled").replacing("\"livemode\": false", with: "\"livemode\": true"),
            .elsewhere
        ),
    ]

    @Test(arguments: useless.indices)
    func `an answer that is of no use changes nothing`(index: Int) async throws {
        let (status, body, expected) = Self.useless[index]
        let active = StripeMaterial.subscription(invoice: StripeMaterial.invoice())
        try await open { _, number in
            number == 1 ? .init(status: 200, body: active) : .init(status: status, body: body)
        } _: { _, desk, reconciler in
            _ = try await reconciler.refresh(reference)
            let outcome: RefreshOutcome?
            do throws(ReconciliationFailure) {
                outcome = try await reconciler.refresh(reference)
            } catch {
                outcome = nil
            }
            #expect(outcome == expected)
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.state == .active)
        }
    }

    @Test func `another store's or world's subscription is not asked about`() async throws {
        try await open { _, _ in
            .init(status: 500)
        } _: { server, _, reconciler in
            for other in [
                StoreReference(provider: .stripe, environment: .production, text: "sub_1"),
                StoreReference(provider: .google, environment: .sandbox, text: "sub_1"),
                StoreReference(provider: .stripe, environment: .sandbox, text: "sub/1"),
            ] {
                let outcome = try await reconciler.refresh(other)
                #expect(outcome == .elsewhere)
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `events that did not get through are read page by page, and count as if they had come`() async throws {
        func event(_ type: String, _ object: String, _ id: String, livemode: Bool = false) -> String {
            String(decoding: StripeMaterial.event(type, object, id: id, livemode: livemode), as: UTF8.self)
        }
        let first = [
            event("customer.subscription.created", StripeMaterial.subscription(), "evt_2"),
            event("customer.subscription.deleted", StripeMaterial.subscription(), "evt_live", livemode: true),
            event("customer.created", "{}", "evt_other"),
        ]
        let second = event("invoice.paid", StripeMaterial.invoice(), "evt_1")
        try await open { request, _ in
            request.target.contains("starting_after=evt_other")
                ? .init(status: 200, body: #"{"object":"list","data":[\#(second)],"has_more":false}"#)
                : .init(
                    status: 200,
                    body: #"{"object":"list","data":[\#(first.joined(separator: ","))],"has_more":true}"#
                )
        } _: { server, desk, reconciler in
            await desk.deliver("customer.subscription.created", StripeMaterial.subscription(), id: "evt_2")
            let count = try await reconciler.recoverMissed(since: Timestamp(seconds: 1_699_000_000))
            #expect(count == 1)
            await desk.worker.drain()
            let entitlement = try await desk.entitlement()
            #expect(entitlement?.hasAccess(at: desk.clock.now) == true)
            let again = try await reconciler.recoverMissed(since: Timestamp(seconds: 1_699_000_000))
            #expect(again == 0)
            let target = try #require(server.requests.first?.target)
            #expect(target.hasPrefix("/v1/events?delivery_success=false&created%5Bgte%5D=1699000000&limit=100&"))
            #expect(target.contains("types%5B%5D=customer.subscription.deleted"))
        }
    }

    @Test func `a list that cannot be read to its end is a failure`() async throws {
        try await open { _, _ in
            .init(status: 403)
        } _: { _, desk, reconciler in
            await #expect(throws: ReconciliationFailure.self) {
                try await reconciler.recoverMissed(since: desk.clock.now)
            }
        }
    }
}

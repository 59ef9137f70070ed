import Billing
import Model
import Store
import Testing

@testable import PaymentProviders

/// What Google is asked without a notification, and what it is told again.
@Suite(.timeLimit(.minutes(10)))
struct GoogleReconcilerTests {
    @Test func `Google's own state is in force, and Google is told`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            let outcome = try await desk.reconciler.refresh(GoogleDesk.reference("t1"))
            let record = try #require(try await desk.record("t1"))
            #expect(outcome == .applied(record.id))
            #expect(record.entitlement.state == .active)
            #expect(desk.world["t1"]?.isAcknowledged == true)
            desk.world["t1"]?.state = "ON_HOLD"
            _ = try await desk.reconciler.refresh(GoogleDesk.reference("t1"))
            let after = try await desk.entitlement("t1")
            #expect(after?.state == .hold)
        }
    }

    @Test func `what Google does not know stays as it is, and so does what is not of this world`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            try await desk.deliver("t1", id: "1")
            desk.world["t1"] = nil
            let gone = try await desk.reconciler.refresh(GoogleDesk.reference("t1"))
            #expect(gone == .notFound)
            desk.world["t1"] = .init(state: "EXPIRED", isTest: false)
            let other = try await desk.reconciler.refresh(GoogleDesk.reference("t1"))
            #expect(other == .elsewhere)
            let production = StoreReference(provider: .google, environment: .production, text: "t1")
            let foreign = try await desk.reconciler.refresh(production)
            #expect(foreign == .elsewhere)
            let entitlement = try await desk.entitlement("t1")
            #expect(entitlement?.state == .active)
        }
    }

    @Test(arguments: [403, 429, 503])
    func `no answer takes nothing away`(status: Int) async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            try await desk.deliver("t1", id: "1")
            desk.world.fail(status)
            await #expect(throws: ReconciliationFailure.self) {
                try await desk.reconciler.refresh(GoogleDesk.reference("t1"))
            }
            await #expect(throws: ReconciliationFailure.self) {
                try await desk.reconciler.recoverMissed(since: desk.clock.now)
            }
            let entitlement = try await desk.entitlement("t1")
            #expect(entitlement?.state == .active)
        }
    }

    @Test func `voided purchases are read page by page, and revoke what they name`() async throws {
        try await GoogleDesk.open { desk in
            for token in ["t1", "t2", "t3"] {
                desk.world[token] = .init()
                try await desk.deliver(token, id: token)
            }
            desk.world["t1"]?.state = "EXPIRED"
            desk.world["t3"]?.state = "EXPIRED"
            desk.world.voided = ["t1", "stranger", "t3"]
            let count = try await desk.reconciler.recoverMissed(since: Timestamp(seconds: 0))
            #expect(count == 2)
            await desk.worker.drain()
            var states: [EntitlementState?] = []
            for token in ["t1", "t2", "t3"] { states.append(try await desk.entitlement(token)?.state) }
            #expect(states == [.revoked, .active, .revoked])
            let parked = try await desk.rows(
                "SELECT event_id AS text FROM webhook_inbox WHERE parked_reason IS NOT NULL"
            )
            #expect(parked.isEmpty)
            let again = try await desk.reconciler.recoverMissed(since: Timestamp(seconds: 0))
            #expect(again == 0)
            // Subscriptions too, and as far back as Google lists them.
            let target = try #require(desk.world.targets.first { $0.contains("voidedpurchases") })
            let start = (StripeMaterial.time - 30 * 86_400 + 60) * 1000
            #expect(target.contains("type=1&") && target.contains("startTime=\(start)"), "\(target)")
            let names = try await desk.rows("SELECT event_id AS text FROM webhook_inbox WHERE event_id LIKE 'voided%'")
            #expect(names.count == 2 && !names.joined().contains("t1"))
        }
    }

    /// Google takes no more than a hundred at once from us.
    @Test func `purchases that Google refuses do not hold up the others`() async throws {
        try await GoogleDesk.open { desk in
            let bad = (0..<110).map { "bad\($0)" }
            desk.world.refuseAcknowledgements(of: bad + ["good"])
            for token in bad {
                desk.world[token] = .init()
                _ = try await desk.reconciler.refresh(GoogleDesk.reference(token))
            }
            desk.clock.now = desk.clock.now + .seconds(1)
            desk.world["good"] = .init()
            _ = try await desk.reconciler.refresh(GoogleDesk.reference("good"))
            #expect(desk.world["good"]?.isAcknowledged == false)
            desk.world.refuseAcknowledgements(of: bad)
            await desk.worker.catchUp()
            await desk.worker.catchUp()
            #expect(desk.world["good"]?.isAcknowledged == true)
        }
    }

    @Test func `a purchase that Google refuses is asked about ever more seldom`() async throws {
        try await GoogleDesk.open { desk in
            desk.world["t1"] = .init()
            desk.world.refuseAcknowledgements(of: ["t1"])
            try await desk.deliver("t1", id: "1")
            let path =
                "/androidpublisher/v3/applications/org.example.vpn/purchases/subscriptions/basic_monthly/tokens/t1"
            var attempts: [Int] = []
            for _ in 0..<60 {
                await desk.worker.catchUp()
                attempts.append(desk.world.count(of: path + ":acknowledge"))
                desk.clock.now = desk.clock.now + .seconds(5)
            }
            // At once, then after 5, 10, 20, 40, 80 and 160 s more.
            #expect(attempts.first == 2)
            #expect(attempts.last == 7)
            desk.world.refuseAcknowledgements(of: [])
            desk.clock.now = desk.clock.now + .seconds(3600)
            await desk.worker.catchUp()
            #expect(desk.world["t1"]?.isAcknowledged == true)
        }
    }
}

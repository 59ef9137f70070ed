import Billing
import DaemonRuntime
import Database
import Model
import Store
import Testing

@testable import API

@Suite(.serialized, .timeLimit(.minutes(10))) struct SubscriptionExplanationTests {
    @Test func `support reads why a subscription is what it is, and nothing of whose it is`() async throws {
        try await AdminBench.run { bench in
            let sue = try await bench.add("sue", .support)
            let now = SystemClock.now()
            let reference = StoreReference(provider: .stripe, environment: .sandbox, text: "sub_secret")
            let report = StoreReport(
                status: .active,
                tier: TierName("basic"),
                periodStart: now,
                periodEnd: now + .seconds(9999)
            )
            let outcome = try await bench.store.apply(
                InboxEffect(
                    reference: reference,
                    events: [SubscriptionEvent(at: now, .fetched(report, reinstates: false))]
                ),
                policy: BillingPolicy(),
                now: now
            )
            guard case .applied(let id) = outcome else { return #expect(Bool(false), "\(outcome)") }
            let fields = #"{"type":"invoice.paid","subscription":"sub_secret"}"#
            _ = try await bench.store.recordWebhook(.stripe, eventID: "evt_1", fields: fields, now: now)
            let entry = try #require(try await bench.store.takeWebhooks(.stripe, limit: 9, now: now).first)
            try await bench.store.parkWebhook(entry, reason: "no tier has the product price_x", now: now)
            let answer = try await bench.send("GET", "subscriptions/\(id)/explain", as: sue)
            #expect(answer.status == 200)
            let facts: [[String: Any]] = try #require(answer["facts"])
            let told = facts.map { "\($0["name"] ?? ""): \($0["value"] ?? "")" }
            for fact in [
                "provider: stripe", "state: active", "access: yes", "tier: basic", "peers: 0 on nodes, 0 frozen",
            ] {
                #expect(told.contains(fact), "\(fact)")
            }
            #expect(facts.contains { $0["because"] as? String == "no tier has the product price_x" })
            #expect(!"\(facts)".contains("sub_secret") && !"\(facts)".contains("evt_1"))
            let viewer = try await bench.add("vera", .viewer)
            #expect(try await bench.send("GET", "subscriptions/\(id)/explain", as: viewer).status == 403)
            let nobody = SubscriptionID.random()
            #expect(try await bench.send("GET", "subscriptions/\(nobody)/explain", as: sue).status == 404)
            #expect(try await bench.send("GET", "subscriptions/sub_secret/explain", as: sue).status == 404)
        }
    }
}

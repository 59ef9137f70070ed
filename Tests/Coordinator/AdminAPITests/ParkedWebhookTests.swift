import Billing
import DaemonRuntime
import Database
import Model
import Store
import Testing

@testable import API

@Suite(.serialized, .timeLimit(.minutes(10))) struct ParkedWebhookTests {
    private func park(_ events: [(PaymentProvider, String)], in bench: AdminBench) async throws {
        for (index, (provider, id)) in events.enumerated() {
            let now = SystemClock.now() + .seconds(index)
            let fields = #"{"type":"invoice.paid","subscription":"sub_secret"}"#
            _ = try await bench.store.recordWebhook(provider, eventID: id, fields: fields, now: now)
            let entry = try #require(
                try await bench.store.takeWebhooks(provider, limit: 9, now: now).first { $0.eventID == id }
            )
            try await bench.store.parkWebhook(entry, reason: "no tier has this price", now: now)
        }
    }

    @Test func `an operator sees what was set aside and why, and nothing of whose it is`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add("vera", .viewer)
            try await park([(.stripe, "evt_1"), (.google, "77"), (.stripe, "evt_2")], in: bench)
            let page = try await bench.send("GET", "webhooks/parked?limit=2", as: alice)
            let events: [[String: Any]] = try #require(page["events"])
            #expect(events.map { $0["event"] as? String } == ["evt_1", "77"])
            #expect(events[0]["reason"] as? String == "no tier has this price")
            #expect(events[0]["type"] as? String == "invoice.paid")
            #expect(!"\(events)".contains("sub_secret"))
            let next: String = try #require(page["next"])
            let rest: [[String: Any]] = try #require(
                try await bench.send("GET", "webhooks/parked?after=\(next)", as: alice)["events"]
            )
            #expect(rest.map { $0["event"] as? String } == ["evt_2"])
            let google: [[String: Any]] = try #require(
                try await bench.send("GET", "webhooks/parked?store=google", as: alice)["events"]
            )
            #expect(google.count == 1)
            #expect(try await bench.send("GET", "webhooks/parked?store=ebay", as: alice).status == 422)
            #expect(try await bench.send("GET", "webhooks/parked?after=evt_1", as: alice).status == 422)
        }
    }

    @Test func `what is retried is due at once, what is dismissed is over, and both are audited`() async throws {
        try await AdminBench.run { bench in
            let alice = try await bench.add()
            try await park([(.stripe, "evt_1"), (.stripe, "evt_2"), (.google, "77"), (.google, "a/b")], in: bench)
            #expect(try await bench.send("POST", "webhooks/parked/stripe/evt_9/retry", as: alice).status == 404)
            #expect(try await bench.send("POST", "webhooks/parked/google/evt_1/retry", as: alice).status == 404)
            #expect(try await bench.send("POST", "webhooks/parked/stripe/evt_1/retry", as: alice)["changed"] == 1)
            #expect(try await bench.send("POST", "webhooks/parked/stripe/evt_2/dismiss", as: alice)["changed"] == 1)
            #expect(try await bench.send("POST", "webhooks/parked/stripe/evt_2/retry", as: alice).status == 404)
            #expect(try await bench.send("POST", "webhooks/parked/google/a%2Fb/dismiss", as: alice)["changed"] == 1)
            #expect(
                try await bench.send("POST", "webhooks/parked/retry", #"{"store": "google"}"#, as: alice)["changed"]
                    == 1
            )
            let soon = SystemClock.now() + .seconds(1)
            #expect(try await bench.store.takeWebhooks(.stripe, limit: 9, now: soon).map(\.eventID) == ["evt_1"])
            #expect(try await bench.store.takeWebhooks(.google, limit: 9, now: soon).map(\.eventID) == ["77"])
            let entries: [[String: Any]] = try #require(
                try await bench.send("GET", "audit?action=webhook.retried", as: alice)["entries"]
            )
            #expect(entries.count == 2)
            let figures = try await bench.store.billingFigures(.sandbox, now: soon)
            #expect(figures.inboxes[.stripe]?.parked ?? 0 == 0)
            #expect(figures.inboxes[.stripe]?.waiting == 1)
        }
    }
}

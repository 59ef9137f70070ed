import BenchmarkSupport
import Cryptography
import Foundation
import LabSupport
import Model

/// One coordinator on its embedded database, with its worker asking a Stripe that answers at once, and one node whose
/// kernel device is the simulated one.
struct BillingRun: Sendable {
    private static let region = "fra1"
    private static let clients = 64
    private static let rounds = 3
    private static let payersAtOnce = 4
    let seconds: Int
    let payments: Int
    let events: Int
    let parent: String
    /// Where the stand-in for Stripe answers.
    let stripe: String

    func run() throws {
        let folder = "\(parent)/holdfast-bench-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let fleet = try BenchmarkFleet(
            folder: folder,
            region: Self.region,
            more: "[stripe]\napi_base = \"\(stripe)\"\n",
            secrets: ["stripe-api-key": "rk_test_bench"]
        )
        defer { fleet.stop() }
        do {
            let ready = try fleet.start(agents: 1)
            note("coordinator ready after \(ready.text)")
            try measurePayments(fleet.api)
            try SettlementMeasurement(fleet: fleet, events: events).run()
            try measureWebhooks(fleet, folder: folder)
        } catch {
            note("what the programs said last:\n\(fleet.logTails())")
            throw error
        }
    }

    private func measureWebhooks(_ fleet: BenchmarkFleet, folder: String) throws {
        let database = try PGBench(socketDirectory: fleet.databaseSocket, user: "holdfast", database: "holdfast")
        let script = "\(folder)/inbox.sql"
        try prepare(database, script: script)
        let load = WebhookLoad(port: fleet.api.port, clients: Self.clients)
        let length = Duration.seconds(max(1, seconds / Self.rounds))
        _ = try load.closed(for: .seconds(2))
        var accepted = 0, accepting = Duration.zero, commits = 0, committing = 0.0
        for round in 1...Self.rounds {
            let theirs = try database.commits(script, clients: Self.clients, for: length)
            commits += theirs.count
            committing += theirs.elapsed_s
            let ours = try load.closed(for: length)
            accepted += ours.count
            accepting += ours.elapsed
            let pace = Int(Double(ours.count) / ours.elapsed.seconds)
            note("round \(round): \(pace) webhooks/s, \(Int(Double(theirs.count) / theirs.elapsed_s)) commits/s")
        }
        let ours = Double(accepted) / accepting.seconds
        let theirs = Double(commits) / committing
        Figure("billing", "webhooks_per_s", ours, "1/s", n: accepted).emit()
        Figure("billing", "pgbench_per_s", theirs, "1/s", n: commits).emit()
        Figure("billing", "webhooks_ratio_pgbench", ours / theirs, "x", n: Self.rounds).emit()
        try measureAnswers(load, perSecond: ours / 2)
        let waiting = try database.query("SELECT count(*) FROM webhook_inbox WHERE done_at IS NULL")
        note("events that still wait for the worker: \(waiting)")
    }

    private func measureAnswers(_ load: WebhookLoad, perSecond: Double) throws {
        let answers = try load.paced(perSecond: perSecond, for: .seconds(max(1, seconds / Self.rounds)))
        Figure("billing", "webhook_p50_ms", answers.percentile_ms(50), "ms", n: answers.count).emit()
        Figure("billing", "webhook_p99_ms", answers.percentile_ms(99), "ms", n: answers.count).emit()
    }

    /// An empty table like the coordinator's own, with its constraints and indexes.
    private func prepare(_ database: PGBench, script: String) throws {
        try database.query(
            "CREATE SCHEMA bench; CREATE TABLE bench.webhook_inbox (LIKE public.webhook_inbox INCLUDING ALL)"
        )
        let fields = """
            {"type": "customer.subscription.updated", "created": 1700000000, "object": "sub_0123456789ABCDEFGHIJKLMN",
             "subscription": "sub_0123456789ABCDEFGHIJKLMN", "status": "active", "prices": ["price_lab_fleet"],
             "period_start": 1700000000, "period_end": 1702592000, "renews": true}
            """
        try """
        INSERT INTO bench.webhook_inbox (provider, event_id, fields, received_at, next_attempt_at)
        VALUES ('stripe', 'evt_' || gen_random_uuid(), '\(fields)', now(), now()) ON CONFLICT DO NOTHING;

        """
        .write(toFile: script, atomically: true, encoding: .utf8)
    }

    /// From the answer to Stripe up to the node's acknowledgement of the customer's first peer.
    private func measurePayments(_ api: APIClient) throws {
        let each = max(1, payments / Self.payersAtOnce)
        let parts = try concurrently(Self.payersAtOnce) { _ in
            let connection = try api.connect()
            var times = Sample()
            for _ in 0..<each { times.add(try pay(api, connection)) }
            return times
        }
        var all = Sample()
        for part in parts { for duration in part.durations { all.add(duration) } }
        Figure("billing", "payment_to_peer_p99_ms", all.percentile_ms(99), "ms", n: all.count).emit()
        try measureRenewals(api)
    }

    /// From the answer to Stripe's event of a renewal until the frozen peer is acknowledged by its node.
    private func measureRenewals(_ api: APIClient) throws {
        let each = max(1, payments / Self.payersAtOnce)
        let parts = try concurrently(Self.payersAtOnce) { _ in
            let connection = try api.connect()
            let (purchase, path, token) = try subscribe(api, connection)
            var times = Sample()
            for _ in 0..<each {
                StripeStandIn.set(purchase.subscription, isPaid: false)
                try api.deliver(try .subscriptionUpdated(purchase, status: "unpaid")).expect(200)
                try wait(for: "frozen", of: path, token, connection)
                StripeStandIn.set(purchase.subscription, isPaid: true)
                let clock = ContinuousClock()
                try api.deliver(try .subscriptionUpdated(purchase, status: "active")).expect(200)
                let accepted = clock.now
                try wait(for: "active", of: path, token, connection)
                times.add(clock.now - accepted)
            }
            return times
        }
        var all = Sample()
        for part in parts { for duration in part.durations { all.add(duration) } }
        Figure("billing", "event_to_node_p50_ms", all.percentile_ms(50), "ms", n: all.count).emit()
        Figure("billing", "event_to_node_p99_ms", all.percentile_ms(99), "ms", n: all.count).emit()
    }

    private func subscribe(
        _ api: APIClient,
        _ connection: HTTPConnection
    ) throws -> (StripePurchase, path: String, token: String) {
        let order = try Customer.Order(api: api, tier: .fleet)
        try api.deliver(try .checkoutCompleted(order: order.reference, purchase: order.purchase)).expect(200)
        let customer = try order.claim(pause: .milliseconds(2))
        let key = Base64.encode(RandomBytes.make(PublicKey.byteCount))
        let peer = try connection.createPeer(publicKey: key, region: Self.region, token: customer.token).expect(201)
        return (order.purchase, "/v1/peers/\(try peer.string("id"))", customer.token)
    }

    private func wait(for state: String, of path: String, _ token: String, _ connection: HTTPConnection) throws {
        try LabSupport.wait(for: "the peer to be \(state)", within: .seconds(20), pause: .milliseconds(1)) {
            let answer = try connection.send("GET", path, headers: ["Authorization": "Bearer \(token)"]).expect(200)
            return try answer.string("state") == state
        }
    }

    private func pay(_ api: APIClient, _ connection: HTTPConnection) throws -> Duration {
        let order = try Customer.Order(api: api, tier: .fleet)
        let event = try StripeEvent.checkoutCompleted(order: order.reference, purchase: order.purchase)
        let key = Base64.encode(RandomBytes.make(PublicKey.byteCount))
        try api.deliver(event).expect(200)
        let clock = ContinuousClock()
        let accepted = clock.now
        let customer = try order.claim(pause: .milliseconds(2))
        try connection.createPeer(publicKey: key, region: Self.region, token: customer.token).expect(201)
        return clock.now - accepted
    }
}

import BenchmarkSupport
import LabSupport

/// How fast a backlog of accepted events takes effect while Stripe takes its time to answer.
struct SettlementMeasurement {
    let fleet: BenchmarkFleet
    let events: Int

    func run() throws {
        let database = try PGBench(socketDirectory: fleet.databaseSocket, user: "holdfast", database: "holdfast")
        // Each event of a subscription of its own: each costs a question.
        try measure("event_settled_per_s", .milliseconds(50), perSubscription: 1, database)
        try measure("event_settled_150ms_per_s", .milliseconds(150), perSubscription: 1, database)
        // As a renewal brings them.
        try measure("event_settled_renewals_per_s", .milliseconds(50), perSubscription: 3, database)
        StripeStandIn.answer(after: .zero)
    }

    private func measure(
        _ figure: String,
        _ delay: Duration,
        perSubscription: Int,
        _ database: PGBench
    ) throws {
        StripeStandIn.answer(after: delay)
        let run = "\(figure.count)x\(UInt32.random(in: 0...UInt32.max))"
        try database.query(backlog(run: run, perSubscription: perSubscription))
        // Whoever delivers an event wakes the worker.
        try fleet.api.deliver(try .subscriptionUpdated(StripePurchase(tier: .fleet), status: "active")).expect(200)
        let own = "event_id LIKE 'evt_\(run)x%'"
        try LabSupport.wait(for: "the backlog to be settled", within: .seconds(600), pause: .seconds(1)) {
            try database.query("SELECT count(*) FROM webhook_inbox WHERE \(own) AND done_at IS NULL").hasPrefix("0")
        }
        let text = try database.query(
            "SELECT extract(epoch FROM max(done_at) - min(received_at)) FROM webhook_inbox WHERE \(own)"
        )
        let elapsed_s = try unwrap(
            Double(text.prefix { !$0.isWhitespace }),
            "how long the backlog took: \(text)"
        )
        note("\(figure): \(events) events in \(elapsed_s) s")
        Figure("billing", figure, Double(events) / elapsed_s, "1/s", n: events).emit()
    }

    private func backlog(run: String, perSubscription: Int) -> String {
        """
        INSERT INTO webhook_inbox (provider, event_id, fields, received_at, next_attempt_at, store_reference)
        SELECT 'stripe', 'evt_\(run)x' || n, jsonb_build_object('type', 'customer.subscription.updated',
            'created', extract(epoch FROM now())::bigint, 'object', sub, 'subscription', sub, 'status', 'active',
            'prices', jsonb_build_array('\(CoordinatorConfiguration.Tier.fleet.price)'), 'renews', true),
            clock_timestamp(), now(), sub
        FROM (SELECT n, 'sub_\(run)x' || n / \(perSubscription) AS sub FROM generate_series(1, \(events)) AS n) AS e;
        """
    }
}

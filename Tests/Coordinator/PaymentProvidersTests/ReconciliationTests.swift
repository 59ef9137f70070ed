import Billing
import Database
import DatabaseTestSupport
import Logging
import Model
import Store
import Synchronization
import Testing

@testable import PaymentProviders

/// The schedule by which the stores are asked.
@Suite(.timeLimit(.minutes(10))) struct ReconciliationTests {
    /// A store that answers as the test says, and notes what it was asked.
    private final class ScriptedStore: StoreReconciler {
        let provider = PaymentProvider.stripe
        private let state = Mutex((asked: [String](), lists: [Timestamp](), isSilent: false))

        var asked: [String] { state.withLock(\.asked) }
        var lists: [Timestamp] { state.withLock(\.lists) }
        var isSilent: Bool {
            get { state.withLock(\.isSilent) }
            set { state.withLock { $0.isSilent = newValue } }
        }

        func refresh(_ reference: StoreReference) async throws(ReconciliationFailure) -> RefreshOutcome {
            state.withLock { $0.asked.append(reference.text) }
            if isSilent { throw .store("503") }
            return .notFound
        }

        func recoverMissed(since: Timestamp) async throws(ReconciliationFailure) -> Int {
            state.withLock { $0.lists.append(since) }
            if isSilent { throw .store("503") }
            return 0
        }
    }

    private struct Bench {
        let store: Store
        let scripted = ScriptedStore()
        let clock = TestClock()

        func reconciliation(_ instance: InstanceID = .random()) -> Reconciliation {
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let clock = clock
            return Reconciliation(
                store: store,
                reconcilers: [scripted],
                environment: .sandbox,
                instance: instance,
                pace: Reconciliation.Pace(perSecond: 1000),
                clock: { clock.now },
                logger: logger
            )
        }

        func add(_ reference: String, _ state: String, until: Duration?) async throws {
            let now = clock.now
            try await store.pool.transaction { transaction in
                try transaction.execute(
                    """
                    INSERT INTO subscriptions (id, provider, environment, store_reference, state, access_until, event_at,
                        created_at, updated_at, reconcile_at)
                    VALUES (gen_random_uuid(), 'stripe', 'sandbox', $1, $2, $3, $4, $4, $4, $4)
                    """,
                    .text(reference),
                    .text(state),
                    .timestamp(until.map { (now + $0).microseconds }),
                    .timestamp(now.microseconds)
                )
            }
        }

        /// What a round asks about after the pause.
        func asked(after pause: Duration, _ memory: inout Reconciliation.Memory) async throws -> [String] {
            clock.now = clock.now + pause
            let before = scripted.asked.count
            try await reconciliation(Self.instance).round(scripted, &memory)
            return scripted.asked.dropFirst(before).sorted()
        }

        static let instance = InstanceID.random()
    }

    private func with(_ body: (Bench) async throws -> Void) async throws {
        let database = try await TestDatabase.create(from: BillingDesk.template)
        try await database.withPool(connections: 4) { pool in try await body(Bench(store: Store(pool: pool))) }
    }

    private let minute: Duration = .seconds(60)
    private let hour: Duration = .seconds(3600)
    private let day: Duration = .seconds(86_400)

    @Test func `what is about to change is asked about every ten minutes, the rest daily, what is long over never`()
        async throws
    {
        try await with { bench in
            var memory = Reconciliation.Memory()
            try await bench.add("sub_near", "active", until: .seconds(30 * 3600))
            try await bench.add("sub_far", "active", until: day * 20)
            try await bench.add("sub_held", "hold", until: nil)
            try await bench.add("sub_over", "expired", until: nil)
            try await bench.add("sub_gone", "superseded", until: nil)
            let all = ["sub_far", "sub_gone", "sub_held", "sub_near", "sub_over"]
            #expect(try await bench.asked(after: .zero, &memory) == all)
            #expect(try await bench.asked(after: minute * 9, &memory) == [])
            #expect(try await bench.asked(after: minute, &memory) == ["sub_held"])
            // From a day before its end on.
            #expect(try await bench.asked(after: hour * 6, &memory) == ["sub_held", "sub_near"])
            #expect(try await bench.asked(after: minute * 10, &memory) == ["sub_held", "sub_near"])
            #expect(
                try await bench.asked(after: hour * 18, &memory) == ["sub_far", "sub_held", "sub_near", "sub_over"]
            )
            _ = try await bench.asked(after: day * 91, &memory)
            #expect(try await !bench.asked(after: day, &memory).contains("sub_over"))
        }
    }

    @Test func `an erased account is asked about again once the store has charged anew`() async throws {
        try await with { bench in
            var memory = Reconciliation.Memory()
            try await bench.add("sub_back", "active", until: day * 20)
            try await bench.store.pool.transaction { transaction in
                try transaction.script("UPDATE subscriptions SET erased_at = now()")
            }
            #expect(try await bench.asked(after: .zero, &memory) == ["sub_back"])
            #expect(try await bench.asked(after: day, &memory) == ["sub_back"])
        }
    }

    @Test func `a store that does not answer is let be, and asked about all of them later`() async throws {
        try await with { bench in
            var memory = Reconciliation.Memory()
            for number in 0..<9 { try await bench.add("sub_\(number)", "active", until: day * 20) }
            _ = try await bench.asked(after: .zero, &memory)
            bench.scripted.isSilent = true
            let tried = try await bench.asked(after: day, &memory)
            #expect(tried.count <= 3)
            #expect(try await bench.asked(after: .seconds(1), &memory) == [])
            bench.scripted.isSilent = false
            #expect(try await bench.asked(after: hour, &memory).count == 9)
        }
    }

    @Test func `a store's own list is read hourly, from a while before the last time, also after a restart`()
        async throws
    {
        try await with { bench in
            var memory = Reconciliation.Memory()
            let start = bench.clock.now
            _ = try await bench.asked(after: .zero, &memory)
            _ = try await bench.asked(after: minute * 59, &memory)
            #expect(bench.scripted.lists == [start - day * 30])
            _ = try await bench.asked(after: minute, &memory)
            #expect(bench.scripted.lists.last == start - day * 4)
            memory = Reconciliation.Memory()
            _ = try await bench.asked(after: minute, &memory)
            #expect(bench.scripted.lists.last == start + hour - day * 4)
            #expect(bench.scripted.lists.count == 3)
        }
    }

    @Test func `a list that could not be read is read from where the last one ended`() async throws {
        try await with { bench in
            var memory = Reconciliation.Memory()
            let start = bench.clock.now
            _ = try await bench.asked(after: .zero, &memory)
            bench.scripted.isSilent = true
            _ = try await bench.asked(after: day, &memory)
            bench.scripted.isSilent = false
            _ = try await bench.asked(after: day, &memory)
            #expect(bench.scripted.lists.dropFirst() == [start - day * 4, start - day * 4])
        }
    }

    @Test func `one instance asks, until its lease is over`() async throws {
        try await with { bench in
            var (first, second) = (Reconciliation.Memory(), Reconciliation.Memory())
            try await bench.add("sub_1", "hold", until: nil)
            try await bench.reconciliation(Bench.instance).round(bench.scripted, &first)
            bench.clock.now = bench.clock.now + hour
            try await bench.reconciliation(.random()).round(bench.scripted, &second)
            #expect(bench.scripted.asked == ["sub_1"])
            try await bench.store.pool.transaction { transaction in
                try transaction.script("UPDATE leases SET expires_at = clock_timestamp() - interval '1 second'")
            }
            try await bench.reconciliation(.random()).round(bench.scripted, &second)
            #expect(bench.scripted.asked == ["sub_1", "sub_1"])
        }
    }

    @Test func `what was set aside is tried again with the list, and a change makes the store be asked soon`()
        async throws
    {
        try await with { bench in
            var memory = Reconciliation.Memory()
            let (store, now) = (bench.store, bench.clock.now)
            _ = try await store.recordWebhook(.stripe, eventID: "evt_1", fields: "{}", now: now)
            let entry = try #require(try await store.takeWebhooks(.stripe, limit: 1, now: now).first)
            try await store.parkWebhook(entry, reason: "no tier has this price", now: now)
            #expect(try await store.takeWebhooks(.stripe, limit: 1, now: now + hour).isEmpty)
            _ = try await bench.asked(after: hour, &memory)
            let again = try #require(try await store.takeWebhooks(.stripe, limit: 1, now: bench.clock.now).first)
            let reference = StoreReference(provider: .stripe, environment: .sandbox, text: "sub_1")
            let report = StoreReport(status: .active, tier: nil, periodStart: now, periodEnd: now + day * 30)
            let statement = SubscriptionStatement(at: now, report: report)
            let effect = InboxEffect(reference: reference, events: [.init(at: now, .invoiced(.stated(statement)))])
            _ = try await store.apply(effect, of: again, policy: BillingPolicy(), now: bench.clock.now)
            #expect(try await bench.asked(after: minute * 9, &memory) == [])
            #expect(try await bench.asked(after: minute, &memory) == ["sub_1"])
        }
    }
}

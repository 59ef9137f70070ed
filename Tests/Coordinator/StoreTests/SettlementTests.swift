import Billing
import Database
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(10))) struct SettlementTests {
    private let now = BillingDatabase.now

    private func record(_ numbers: some Sequence<Int>, of subscription: String?, in store: Store) async throws {
        for number in numbers {
            _ = try await store.recordWebhook(
                .stripe,
                eventID: "evt_\(subscription ?? "none")_\(number)",
                fields: "{}",
                storeReference: subscription,
                now: now + .milliseconds(number)
            )
        }
    }

    private func take(_ store: Store, _ limit: Int = 100, at moment: Timestamp? = nil) async throws -> [InboxEntry] {
        try await store.takeWebhooks(.stripe, limit: limit, now: moment ?? now + .seconds(2))
    }

    private func effect(_ subscription: String, seen: InboxEffect.Seen = .irrelevant) -> InboxEffect {
        InboxEffect(
            reference: StoreReference(provider: .stripe, environment: .sandbox, text: subscription),
            events: [BillingDatabase.paid()],
            seen: seen
        )
    }

    private func settle(_ settlements: [Settlement], in store: Store) async throws -> [SettlementOutcome] {
        try await store.settleWebhooks(settlements, policy: BillingPolicy(), now: now + .seconds(2))
    }

    @Test func `while an event of a subscription is held, nobody takes another of it`() async throws {
        try await BillingDatabase.withStore { store in
            try await record(0..<3, of: "sub_1", in: store)
            try await record(5..<6, of: "sub_2", in: store)
            let first = try await take(store, 2)
            #expect(first.map(\.eventID) == ["evt_sub_1_0", "evt_sub_1_1"])
            let second = try await take(store)
            #expect(second.map(\.eventID) == ["evt_sub_2_5"])
            _ = try await settle([Settlement(first.map { ($0, .nothing) })], in: store)
            let third = try await take(store)
            #expect(third.map(\.eventID) == ["evt_sub_1_2"])
        }
    }

    @Test func `a subscription with very many events leaves the others their turn`() async throws {
        try await BillingDatabase.withStore { store in
            try await record(0..<60, of: "sub_many", in: store)
            for number in 100..<105 { try await record(number...number, of: "sub_\(number)", in: store) }
            #expect(Set(try await take(store, 20).map(\.storeReference)) == ["sub_many"])
            #expect(try await take(store, 20).count == 5)
            #expect(try await take(store, 20).isEmpty)
        }
    }

    @Test func `what waits for its store keeps its place before the later events of its subscription`() async throws {
        try await BillingDatabase.withStore { store in
            try await record(0..<1, of: "sub_1", in: store)
            let first = try await take(store)
            _ = try await settle([Settlement(first.map { ($0, .postponed(keepsPlace: true)) })], in: store)
            try await record(1..<2, of: "sub_1", in: store)
            #expect(try await take(store).isEmpty)
            let later = try await take(store, at: now + .seconds(8))
            #expect(later.map(\.eventID) == ["evt_sub_1_0", "evt_sub_1_1"])
        }
    }

    @Test func `what failed too often no longer holds up its subscription`() async throws {
        try await BillingDatabase.withStore { store in
            try await record(0..<1, of: "sub_1", in: store)
            var moment = now + .seconds(2)
            for attempts in 1...5 {
                var taken: [InboxEntry] = []
                while taken.isEmpty {
                    moment = moment + .seconds(1)
                    taken = try await take(store, at: moment)
                }
                #expect(taken.map(\.attempts) == [attempts])
                let failed = Settlement(taken.map { ($0, .postponed(keepsPlace: true)) })
                _ = try await store.settleWebhooks([failed], policy: BillingPolicy(), now: moment)
            }
            try await record(1..<2, of: "sub_1", in: store)
            #expect(try await take(store, at: moment).map(\.eventID) == ["evt_sub_1_1"])
        }
    }

    @Test func `what was not tried is due at once, as if it had not been taken`() async throws {
        try await BillingDatabase.withStore { store in
            try await record(0..<2, of: "sub_1", in: store)
            let first = try await take(store)
            _ = try await settle([Settlement(first.map { ($0, .untried) })], in: store)
            #expect(try await take(store) == first)
        }
    }

    @Test func `one transaction settles many, and one that was overtaken costs the others nothing`() async throws {
        try await BillingDatabase.withStore { store in
            for number in 0..<40 { try await record(number...number, of: "sub_\(number)", in: store) }
            let taken = try await take(store)
            _ = try await store.apply(effect("sub_7"), policy: BillingPolicy(), now: now)
            let outcomes = try await settle(
                taken.map { Settlement([($0, .effect(effect($0.storeReference ?? "", seen: .absent)))]) },
                in: store
            )
            #expect(outcomes.indices.filter { outcomes[$0] == .overtaken } == [7])
            #expect(try await store.billingFigures(.sandbox, now: now).inboxes[.stripe]?.waiting == 1)
        }
    }

    @Test func `the effects of one group follow each other on one reading`() async throws {
        try await BillingDatabase.withStore { store in
            try await record(0..<4, of: "sub_1", in: store)
            let taken = try await take(store)
            let group = Settlement(taken.map { ($0, .effect(effect("sub_1", seen: .absent))) })
            let outcomes = try await settle([group], in: store)
            let record = try #require(try await store.subscription(effect("sub_1").reference))
            #expect(outcomes == [.settled(Array(repeating: .applied(record.id), count: 4))])
        }
    }

    @Test func `of two groups that asked about one subscription, the second asks again`() async throws {
        try await BillingDatabase.withStore { store in
            try await record(0..<2, of: nil, in: store)
            let taken = try await take(store)
            let groups = taken.map { Settlement([($0, .effect(effect("sub_1", seen: .absent)))]) }
            let outcomes = try await settle(groups, in: store)
            #expect(outcomes[1] == .overtaken)
            #expect(try await store.billingFigures(.sandbox, now: now).inboxes[.stripe]?.waiting == 1)
        }
    }

    @Test func `who let an event go for too long changes nothing any more`() async throws {
        try await BillingDatabase.withStore { store in
            try await record(0..<1, of: "sub_1", in: store)
            let slow = try await take(store)
            let next = try await take(store, at: now + .seconds(100))
            #expect(next.map(\.attempts) == [2])
            let late = try await settle([Settlement([(slow[0], .effect(effect("sub_1")))])], in: store)
            #expect(late == [.settled([.settledBefore])])
            #expect(try await store.subscription(effect("sub_1").reference) == nil)
            _ = try await settle([Settlement([(next[0], .effect(effect("sub_1")))])], in: store)
            #expect(try await store.subscription(effect("sub_1").reference) != nil)
        }
    }

    @Test func `an event that did not name its subscription waits for the older ones of it`() async throws {
        try await BillingDatabase.withStore { store in
            try await record(0..<1, of: "sub_1", in: store)
            try await record(1..<2, of: nil, in: store)
            let taken = try await take(store)
            let refund = Settlement([(taken[1], .effect(effect("sub_1")))])
            #expect(try await settle([refund], in: store) == [.behind])
            #expect(try await take(store).isEmpty)
            _ = try await settle([Settlement([(taken[0], .nothing)])], in: store)
            let again = try await take(store)
            #expect(again.map(\.eventID) == ["evt_none_1"])
            #expect(again.map(\.storeReference) == ["sub_1"])
            let outcome = try await settle([Settlement([(again[0], .effect(effect("sub_1")))])], in: store)
            #expect(outcome != [.behind])
        }
    }

    @Test func `what the database does not take costs the others nothing`() async throws {
        try await BillingDatabase.withStore { store in
            for number in 0..<3 { try await record(number...number, of: "sub_\(number)", in: store) }
            let taken = try await take(store)
            let outcomes = try await settle(
                [
                    Settlement([(taken[0], .effect(effect("sub_0")))]),
                    Settlement([(taken[1], .parked("a reason with a \0"))]),
                    Settlement([(taken[2], .effect(effect("sub_2")))]),
                ],
                in: store
            )
            guard case .refused = outcomes[1] else {
                Issue.record("\(outcomes[1])")
                return
            }
            #expect(try await store.billingFigures(.sandbox, now: now).inboxes[.stripe]?.waiting == 1)
        }
    }

    @Test func `a burst after an empty inbox is not read whole for each of its events`() async throws {
        try await BillingDatabase.withStore(connections: 1) { store in
            // From then on the server keeps its plans, made for a small table.
            for number in 0..<12 {
                try await record(number...number, of: "sub_\(number)", in: store)
                let taken = try await take(store)
                _ = try await settle([Settlement(taken.map { ($0, .nothing) })], in: store)
            }
            try await store.pool.transaction { transaction in
                try transaction.script(
                    """
                    INSERT INTO webhook_inbox (provider, event_id, fields, received_at, next_attempt_at, store_reference)
                    SELECT 'stripe', 'evt_' || n, '{}', to_timestamp(1700000000), to_timestamp(1700000000), 'sub_' || n
                    FROM generate_series(1, 20000) AS n
                    """
                )
            }
            let before = try await rowsRead(store)
            let taken = try await take(store)
            #expect(taken.count == 100)
            let half = taken.enumerated().map { place, entry in
                Settlement([(entry, place < 50 ? .nothing : .postponed(keepsPlace: true))])
            }
            _ = try await settle(half, in: store)
            #expect(try await rowsRead(store) - before < 5000)
        }
    }

    /// By the server's own count.
    private func rowsRead(_ store: Store) async throws -> Int64 {
        _ = try await store.pool.read { transaction in
            try transaction.query("SELECT pg_stat_force_next_flush()").count
        }
        return try await store.pool.read { transaction in
            try transaction.query(
                """
                SELECT (sum(i.idx_tup_read) + max(t.seq_tup_read))::bigint AS read
                FROM pg_stat_user_indexes i JOIN pg_stat_user_tables t USING (relid) WHERE t.relname = 'webhook_inbox'
                """
            )[0].int64("read")
        }
    }

    @Test func `the lag is the age of the oldest event that was not settled, held or not, of each store`() async throws
    {
        try await BillingDatabase.withStore { store in
            try await record([0, 60_000], of: "sub_1", in: store)
            _ = try await store.recordWebhook(.google, eventID: "1", fields: "{}", now: now + .seconds(90))
            let taken = try await take(store)
            var figures = try await store.billingFigures(.sandbox, now: now + .seconds(100)).inboxes
            #expect(figures[.stripe]?.lag == .seconds(100))
            #expect(figures[.stripe]?.waiting == 2)
            #expect(figures[.google]?.lag == .seconds(10))
            _ = try await settle([Settlement(taken.map { ($0, .nothing) })], in: store)
            figures = try await store.billingFigures(.sandbox, now: now + .seconds(100)).inboxes
            #expect(figures[.stripe]?.lag == .seconds(40))
            #expect(figures[.stripe]?.waiting == 1)
        }
    }
}

import Database
import DatabaseTestSupport
import Model
import StandInServer
import Store
import Testing

@testable import PaymentProviders

/// A worker that dies at each of its requests to the database and to the store in turn, and the one that comes after it.
@Suite(.serialized, .timeLimit(.minutes(10))) struct KilledWorkerTests {
    /// What is left at the end, however often somebody had to begin anew.
    private struct Outcome: Hashable {
        /// By event, whether it is done or parked.
        var inbox: [String]
        var subscriptions: [String]
        /// Each change once.
        var audit: [String]
    }

    @Test(arguments: KilledStore.allCases, DatabaseWire.Cut.allCases)
    func `wherever a worker dies, nothing is lost and nothing happens twice`(
        store: KilledStore,
        cut: DatabaseWire.Cut
    ) async throws {
        let database = try await TestDatabase.create(from: BillingDesk.template)
        // Nothing is cut at a request that never comes.
        let whole = try await outcome(store, on: database, cut: cut, at: .max)
        #expect(whole.outcome.inbox.allSatisfy { $0.hasSuffix("done") }, "\(whole.outcome.inbox)")
        #expect(!whole.outcome.audit.isEmpty)
        var request = 0
        var isBlown = true
        while isBlown {
            request += 1
            let run = try await outcome(store, on: database, cut: cut, at: request)
            #expect(run.outcome == whole.outcome, "\(store), \(cut) at request \(request)")
            isBlown = run.isBlown && run.outcome == whole.outcome
        }
        // Taking the events, and settling them, take more than that.
        #expect(request > 6, "\(store), \(cut): only \(request)")
    }

    private func outcome(
        _ kind: KilledStore,
        on database: TestDatabase,
        cut: DatabaseWire.Cut,
        at request: Int
    ) async throws -> (outcome: Outcome, isBlown: Bool) {
        let fuse = Fuse(at: request)
        return try await kind.run(fuse) { desk in
            try await database.withPool(connections: 2) { pool in
                try await pool.transaction { transaction in
                    try transaction.script("TRUNCATE webhook_inbox, subscriptions, orders, audit_entries CASCADE")
                }
                let survivor = try desk(Store(pool: pool))
                try await survivor.deliver()
                try await kill(desk, on: database, fuse: fuse, cut: cut)
                // What the dead worker held comes free when the server notices, and is due again after a while.
                try await until {
                    survivor.clock.now = survivor.clock.now + .seconds(60)
                    await survivor.worker.drain()
                    await survivor.worker.catchUp()
                    return try await waitingCount(pool) == 0
                }
                try survivor.check()
                return (try await outcome(pool), fuse.isBlown)
            }
        }
    }

    private func kill(
        _ desk: (Store) throws -> KilledDesk,
        on database: TestDatabase,
        fuse: Fuse,
        cut: DatabaseWire.Cut
    ) async throws {
        let socket = try #require(database.connectionString.firstMatch(of: /host='([^']+)' port=([0-9]+)/))
        try await DatabaseWire.run(to: "\(socket.1)/.s.PGSQL.\(socket.2)", fuse: fuse, cut: cut) { port in
            let address = "host=127.0.0.1 port=\(port) sslmode=disable gssencmode=disable"
            let through = database.connectionString.replacing(socket.0, with: address)
            var configuration = try DatabaseConfiguration(through)
            configuration.connections = 1
            try await withPool(configuration) { pool in
                _ = try await pool.read { transaction in try transaction.query("SELECT 1").count }
                let victim = try desk(Store(pool: pool))
                let (died, death) = AsyncStream.makeStream(of: Void.self)
                fuse.arm { death.yield() }
                await withTaskGroup { group in
                    group.addTask {
                        await victim.worker.drain()
                        await victim.worker.catchUp()
                        death.finish()
                    }
                    for await _ in died { group.cancelAll() }
                }
            }
        }
    }

    private func waitingCount(_ pool: DatabasePool) async throws -> Int {
        try await pool.read { transaction in
            try transaction.query("SELECT FROM webhook_inbox WHERE done_at IS NULL AND parked_reason IS NULL").count
        }
    }

    private func outcome(_ pool: DatabasePool) async throws -> Outcome {
        func rows(_ sql: Statement) async throws -> [String] {
            try await pool.read { transaction in
                try transaction.query(sql).map { row in try row.text("text") }
            }
        }
        return Outcome(
            inbox: try await rows(
                """
                SELECT event_id || ' ' || CASE WHEN done_at IS NULL THEN parked_reason ELSE 'done' END AS text
                FROM webhook_inbox ORDER BY text
                """
            ),
            subscriptions: try await rows(
                // When one ended that was superseded depends on who came when.
                """
                SELECT concat_ws(' ', s.store_reference, s.state, s.tier,
                    CASE WHEN s.state <> 'superseded' THEN s.access_until END, o.claim_hash) AS text
                FROM subscriptions s LEFT JOIN orders o ON o.subscription_id = s.id ORDER BY text
                """
            ),
            audit: try await rows(
                "SELECT concat_ws(' ', action, detail) AS text FROM audit_entries ORDER BY text"
            )
        )
    }
}

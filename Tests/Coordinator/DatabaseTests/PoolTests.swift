import Database
import DatabaseTestSupport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PoolTests {
    private static func one(_ transaction: Transaction) throws -> Int {
        try transaction.query("SELECT 1").count
    }

    /// With a very short longest wait, the holder itself may be refused before it gets its turn.
    private static func hold(_ pool: DatabasePool, _ isHeld: Signal, _ release: Signal) async throws {
        try await until {
            do {
                try await pool.transaction { transaction in
                    _ = try transaction.query("SELECT 1")
                    isHeld.send()
                    release.wait()
                }
                return true
            } catch DatabaseError.unavailable(.waitedTooLong) {
                return false
            }
        }
    }

    /// A pool whose only connection is held until the signal.
    private static func withHeldPool(
        waitingLimit: Int = 1024,
        longestWait: Duration = .seconds(60),
        _ body: (DatabasePool, Signal) async throws -> Void
    ) async throws {
        var configuration = try await TestDatabase.create().configuration(connections: 1)
        configuration.waitingLimit = waitingLimit
        configuration.longestWait = longestWait
        try await withPool(configuration) { pool in
            try await until { pool.isHealthy }
            let (isHeld, release) = (Signal(), Signal())
            async let holder: Void = hold(pool, isHeld, release)
            await isHeld.received()
            try await body(pool, release)
            release.send()
            try await holder
        }
    }

    private static func untilWaiting(_ count: Int, in pool: DatabasePool) async throws {
        try await until { pool.figures.waiting == count }
    }

    @Test func `who comes when the queue is full is refused, who waits is served`() async throws {
        try await Self.withHeldPool(waitingLimit: 1) { pool, release in
            let waiter = Task { try await pool.read(Self.one) }
            try await Self.untilWaiting(1, in: pool)
            #expect(pool.figures.busy == 1)
            await #expect(throws: DatabaseError.unavailable(.queueFull)) { try await pool.read(Self.one) }
            release.send()
            let served = try await waiter.value
            #expect(served == 1)
        }
    }

    @Test func `who waits longer than the longest wait is refused`() async throws {
        try await Self.withHeldPool(longestWait: .milliseconds(1)) { pool, _ in
            await #expect(throws: DatabaseError.unavailable(.waitedTooLong)) { try await pool.read(Self.one) }
        }
    }

    @Test func `a cancelled waiter is dropped without running`() async throws {
        try await Self.withHeldPool { pool, release in
            let hasRun = Mutex(false)
            let waiter = Task { try await pool.transaction { _ in hasRun.withLock { $0 = true } } }
            try await Self.untilWaiting(1, in: pool)
            waiter.cancel()
            await #expect(throws: DatabaseError.cancelled) { try await waiter.value }
            #expect(pool.figures.waiting == 0)
            release.send()
            let count = try await pool.read(Self.one)
            #expect(count == 1)
            #expect(hasRun.withLock { $0 } == false)
        }
    }

    @Test func `a task cancelled while its transaction runs still gets it committed`() async throws {
        try await TestDatabase.create().withPool { pool in
            try await pool.transaction { try $0.script("CREATE TABLE t (id int8)") }
            let (isRunning, goOn) = (Signal(), Signal())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await pool.transaction { transaction in
                        try transaction.execute("INSERT INTO t VALUES (1)")
                        isRunning.send()
                        goOn.wait()
                    }
                }
                await isRunning.received()
                group.cancelAll()
                goOn.send()
                try await group.waitForAll()
            }
            #expect(try await pool.rows("SELECT * FROM t").count == 1)
        }
    }

    @Test func `a shutdown lets what runs end, refuses what waits and what comes`() async throws {
        try await Self.withHeldPool { pool, release in
            let waiter = Task { try await pool.read(Self.one) }
            try await Self.untilWaiting(1, in: pool)
            async let shutdown: Void = pool.shutdown()
            await #expect(throws: DatabaseError.unavailable(.shutDown)) { try await waiter.value }
            await #expect(throws: DatabaseError.unavailable(.shutDown)) { try await pool.read(Self.one) }
            release.send()
            await shutdown
            #expect(pool.figures.busy == 0)
        }
    }

    @Test func `a pool and a listener run until their task is cancelled`() async throws {
        let database = try await TestDatabase.create()
        let pool = DatabasePool(try database.configuration(), logger: TemporaryCluster.logger)
        let listener = Listener(try database.configuration(), channels: ["c"], logger: TemporaryCluster.logger)
        let running = Task {
            async let listening: Void = listener.run()
            await pool.run()
            await listening
        }
        var events = listener.events.makeAsyncIterator()
        #expect(await events.next() == .reconnected)
        try await until { pool.isHealthy }
        running.cancel()
        await running.value
        #expect(await events.next() == nil)
        await #expect(throws: DatabaseError.unavailable(.shutDown)) { try await pool.read(Self.one) }
    }

    @Test func `many callers share few connections`() async throws {
        try await TestDatabase.create().withPool(connections: 4) { pool in
            try await pool.transaction { try $0.script("CREATE TABLE t (n int8); INSERT INTO t VALUES (0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask { _ = try await pool.transaction { try $0.execute("UPDATE t SET n = n + 1") } }
                }
                try await group.waitForAll()
            }
            #expect(try await pool.rows("SELECT n FROM t")[0].int64("n") == 200)
            #expect(pool.figures.waiting == 0)
        }
    }
}

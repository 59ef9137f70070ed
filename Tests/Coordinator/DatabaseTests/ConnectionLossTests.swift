import Database
import DatabaseTestSupport
import EmbeddedDatabase
import Glibc
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ConnectionLossTests {
    private static let pid: Statement = "SELECT pg_backend_pid() AS pid"
    private static let terminate: Statement = "SELECT pg_terminate_backend($1, 10000)"

    @Test func `a connection that died while idle is replaced, and its statements are prepared again`() async throws {
        let database = try await TestDatabase.create()
        try await database.withPool(connections: 1) { pool in
            try await database.withPool(connections: 1) { other in
                let before = try await pool.read { try $0.query(Self.pid)[0].int32("pid") }
                _ = try await other.transaction { try $0.query(Self.terminate, .int32(before)).count }
                let after = try await pool.read { try $0.query(Self.pid)[0].int32("pid") }
                #expect(before != after)
            }
        }
    }

    @Test func `a backend killed in mid-transaction is unavailable, and nothing of it stays`() async throws {
        let database = try await TestDatabase.create()
        try await database.withPool(connections: 1) { pool in
            try await pool.transaction { try $0.script("CREATE TABLE t (id int8)") }
            let (isOpen, isKilled) = (Signal(), Signal())
            let backend = Mutex(Int32(0))
            let attempt = Task {
                try await pool.transaction { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    let pid = try transaction.query(Self.pid)[0].int32("pid")
                    backend.withLock { $0 = pid }
                    isOpen.send()
                    isKilled.wait()
                    try transaction.execute("INSERT INTO t VALUES (2)")
                }
            }
            await isOpen.received()
            try await database.withPool(connections: 1) { other in
                let pid = backend.withLock { $0 }
                _ = try await other.transaction { try $0.query(Self.terminate, .int32(pid)).count }
            }
            isKilled.send()
            let error = await #expect(throws: DatabaseError.self) { try await attempt.value }
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await pool.rows("SELECT * FROM t").count == 0)
        }
    }

    /// A trigger that runs in COMMIT waits for a lock that another session holds; there the backend is killed.
    @Test func `a COMMIT whose answer is lost is reported as unknown`() async throws {
        let database = try await TestDatabase.create()
        try await database.withPool(connections: 3) { pool in
            try await pool.transaction {
                try $0.script(
                    """
                    CREATE TABLE t (id int8);
                    CREATE FUNCTION wait_for_lock() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
                    CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                        FOR EACH ROW EXECUTE FUNCTION wait_for_lock();
                    """
                )
            }
            let (isLocked, release) = (Signal(), Signal())
            async let holder: Void = pool.transaction { transaction in
                try transaction.execute("SELECT pg_advisory_xact_lock(1)")
                isLocked.send()
                release.wait()
            }
            await isLocked.received()
            let lost = Task { _ = try await pool.transaction { try $0.execute("INSERT INTO t VALUES (1)") } }
            let killWaiter: Statement = """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND query = 'COMMIT' AND wait_event_type = 'Lock'
                """
            try await until { try await pool.rows(killWaiter).count == 1 }
            await #expect(throws: DatabaseError.commitUnknown) { try await lost.value }
            release.send()
            try await holder
        }
    }

    @Test func `a server that is killed and comes back loses nothing that was acknowledged`() async throws {
        let cluster = TemporaryCluster()
        var options = TemporaryCluster.options
        options.isDurable = true
        let server = try await cluster.start(options)
        let supervision = Task { await server.run() }
        var configuration = try DatabaseConfiguration(server.connectionString)
        configuration.connections = 4
        configuration.longestReconnectPause = .milliseconds(200)
        try await withPool(configuration) { pool in
            try await pool.transaction { try $0.script("CREATE TABLE t (id int8 PRIMARY KEY)") }
            let load = Load(pool)
            try await load.run { phase in
                switch phase {
                case .warm: kill(server.serverProcessID, SIGKILL)
                case .down, .recovered: break
                }
            }
            #expect(load.failures.allSatisfy(Load.isExpected), "\(load.failures)")
            let stored = try await pool.read {
                Set(try $0.query("SELECT id FROM t").map { row throws(DatabaseError) in try row.int64("id") })
            }
            #expect(load.acknowledged.isSubset(of: stored))
            #expect(pool.isHealthy)
            #expect(server.restarts == 1)
        }
        supervision.cancel()
        await supervision.value
    }

    @Test func `while the server is away callers are refused at once, and served when it is back`() async throws {
        let cluster = TemporaryCluster()
        let server = try await cluster.start()
        var configuration = try DatabaseConfiguration(server.connectionString)
        configuration.connections = 2
        configuration.longestReconnectPause = .milliseconds(100)
        try await withPool(configuration) { pool in
            #expect(try await pool.rows("SELECT 1").count == 1)
            await server.stop()
            try await until { !pool.isHealthy }
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.read { try $0.query("SELECT 1").count }
            }
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            let second = try await cluster.start()
            try await until { pool.isHealthy }
            #expect(try await pool.rows("SELECT 1").count == 1)
            #expect(pool.figures.lastFailure == nil)
            await second.stop()
        }
    }
}

import Database
import DatabaseTestSupport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct TransactionTests {
    private struct Refused: Error, Equatable {}

    private static let accounts = TestTemplate(name: "accounts") { configuration in
        try await withPool(configuration) { pool in
            try await pool.transaction {
                try $0.script(
                    "CREATE TABLE account (id int8 PRIMARY KEY, balance int8); INSERT INTO account VALUES (1, 0), (2, 0)"
                )
            }
        }
    }

    private static func total(_ pool: DatabasePool) async throws -> Int64 {
        try await pool.read { try $0.query("SELECT sum(balance)::int8 FROM account")[0].int64(0) }
    }

    @Test func `a domain's error comes out as itself and rolls back`() async throws {
        try await TestDatabase.create(from: Self.accounts).withPool { pool in
            await #expect(throws: Refused()) {
                try await pool.transaction { transaction in
                    try transaction.execute("UPDATE account SET balance = 5")
                    throw Refused()
                }
            }
            let result: Result<Int, Refused> = try await pool.transactionResult { transaction throws(DatabaseError) in
                try transaction.execute("UPDATE account SET balance = 5")
                return .failure(Refused())
            }
            #expect(throws: Refused()) { try result.get() }
            #expect(try await Self.total(pool) == 0)
        }
    }

    @Test func `a transaction that conflicts is run again until it fits`() async throws {
        try await TestDatabase.create(from: Self.accounts).withPool { pool in
            let (hasRead, otherCommitted) = (Signal(), Signal())
            let runs = Mutex(0)
            async let first: Void = pool.transaction(isolation: .serializable) { transaction in
                let balance = try transaction.query("SELECT balance FROM account WHERE id = 1")[0].int64(0)
                let run = runs.withLock { runs in
                    runs += 1
                    return runs
                }
                if run == 1 {
                    hasRead.send()
                    otherCommitted.wait()
                }
                try transaction.execute("UPDATE account SET balance = $1 WHERE id = 1", .int64(balance + 1))
            }
            await hasRead.received()
            try await pool.transaction(isolation: .serializable) { transaction in
                try transaction.execute("UPDATE account SET balance = balance + 10 WHERE id = 1")
            }
            otherCommitted.send()
            try await first
            #expect(runs.withLock { $0 } == 2)
            #expect(try await Self.total(pool) == 11)
        }
    }

    @Test func `a conflict that stays ends after the set number of attempts`() async throws {
        let database = try await TestDatabase.create(from: Self.accounts)
        var configuration = try database.configuration()
        configuration.transactionAttempts = 3
        try await withPool(configuration) { pool in
            let runs = Mutex(0)
            await #expect(throws: DatabaseError.serializationFailure) {
                try await pool.transaction { transaction in
                    runs.withLock { $0 += 1 }
                    try transaction.script("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")
                }
            }
            #expect(runs.withLock { $0 } == 3)
        }
    }

    @Test func `two transactions that deadlock both get through`() async throws {
        try await TestDatabase.create(from: Self.accounts).withPool { pool in
            let (firstHolds, secondHolds) = (Signal(), Signal())
            @Sendable func move(_ first: Int64, _ second: Int64, _ mine: Signal, _ other: Signal) async throws {
                let runs = Mutex(0)
                try await pool.transaction { transaction in
                    let statement: Statement = "UPDATE account SET balance = balance + 1 WHERE id = $1"
                    try transaction.execute(statement, .int64(first))
                    let isFirstRun = runs.withLock { runs in
                        runs += 1
                        return runs == 1
                    }
                    if isFirstRun {
                        mine.send()
                        other.wait()
                    }
                    try transaction.execute(statement, .int64(second))
                }
            }
            async let one: Void = move(1, 2, firstHolds, secondHolds)
            async let two: Void = move(2, 1, secondHolds, firstHolds)
            _ = try await (one, two)
            #expect(try await Self.total(pool) == 4)
        }
    }

    @Test func `an error that the closure swallows still fails the transaction`() async throws {
        try await TestDatabase.create(from: Self.accounts).withPool { pool in
            await #expect(throws: DatabaseError.uniqueViolation(constraint: "account_pkey")) {
                try await pool.transaction { transaction in
                    try transaction.execute("UPDATE account SET balance = 5")
                    _ = try? transaction.execute("INSERT INTO account VALUES (1, 0)")
                }
            }
            let total = try await Self.total(pool)
            #expect(total == 0)
        }
    }

    @Test func `a savepoint undoes its own part only`() async throws {
        try await TestDatabase.create(from: Self.accounts).withPool { pool in
            let failure = try await pool.transaction { transaction in
                try transaction.execute("UPDATE account SET balance = 5 WHERE id = 1")
                var failure: DatabaseError?
                do {
                    try transaction.savepoint {
                        try transaction.execute("UPDATE account SET balance = 50 WHERE id = 1")
                        try transaction.execute("INSERT INTO account VALUES (1, 0)")
                    }
                } catch let error as DatabaseError {
                    failure = error
                }
                try transaction.savepoint { _ = try transaction.execute("UPDATE account SET balance = 2 WHERE id = 2") }
                return failure
            }
            #expect(failure == .uniqueViolation(constraint: "account_pkey"))
            #expect(try await Self.total(pool) == 7)
        }
    }

    @Test func `a failure of COMMIT itself is an error and leaves nothing`() async throws {
        try await TestDatabase.create().withPool { pool in
            try await pool.transaction {
                try $0.script("CREATE TABLE t (id int8 CONSTRAINT t_key UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            }
            await #expect(throws: DatabaseError.uniqueViolation(constraint: "t_key")) {
                try await pool.transaction { try $0.execute("INSERT INTO t VALUES (1), (1)") }
            }
            #expect(try await pool.rows("SELECT * FROM t").count == 0)
        }
    }

    @Test func `what is enqueued goes with the COMMIT, and its failure is the transaction's`() async throws {
        try await TestDatabase.create(from: Self.accounts).withPool { pool in
            try await pool.transaction { transaction in
                transaction.enqueue("UPDATE account SET balance = $1 WHERE id = 1", .int64(3))
                transaction.enqueue("UPDATE account SET balance = $1 WHERE id = 2", .int64(4))
            }
            #expect(try await Self.total(pool) == 7)
            await #expect(throws: DatabaseError.uniqueViolation(constraint: "account_pkey")) {
                try await pool.transaction { transaction in
                    try transaction.execute("UPDATE account SET balance = 100")
                    transaction.enqueue("INSERT INTO account VALUES (1, 0)")
                }
            }
            #expect(try await Self.total(pool) == 7)
        }
    }

    @Test func `a read transaction sees one snapshot and cannot write`() async throws {
        try await TestDatabase.create(from: Self.accounts).withPool { pool in
            let (hasRead, written) = (Signal(), Signal())
            async let balances: [Int64] = pool.read { transaction in
                let statement: Statement = "SELECT balance FROM account WHERE id = 1"
                let before = try transaction.query(statement)[0].int64(0)
                hasRead.send()
                written.wait()
                return [before, try transaction.query(statement)[0].int64(0)]
            }
            await hasRead.received()
            try await pool.transaction { try $0.execute("UPDATE account SET balance = 9") }
            written.send()
            #expect(try await balances == [0, 0])
            await #expect(
                throws: DatabaseError.statement(sqlstate: "25006", message: "a write in a read-only transaction")
            ) {
                try await pool.read { try $0.execute("UPDATE account SET balance = 1") }
            }
        }
    }
}

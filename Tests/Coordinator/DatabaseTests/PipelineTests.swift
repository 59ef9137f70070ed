import Database
import DatabaseTestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PipelineTests {
    @Test func `several statements go in one round trip, with a result for each`() async throws {
        try await TestDatabase.create().withPool { pool in
            let counts = try await pool.transaction { transaction in
                try transaction.script("CREATE TABLE t (id int8 PRIMARY KEY)")
                let insert: Statement = "INSERT INTO t SELECT generate_series($1::int8, $2::int8)"
                let results = try transaction.executeAll([
                    insert.with(.int64(1), .int64(3)),
                    insert.with(.int64(4), .int64(10)),
                    Statement("SELECT id FROM t ORDER BY id").with(),
                    Statement("DELETE FROM t WHERE id > $1").with(.int64(8)),
                ])
                #expect(try results[2].map { row throws(DatabaseError) in try row.int64("id") } == Array(1...10))
                return results.map(\.affectedRows)
            }
            #expect(counts == [3, 7, 10, 2])
        }
    }

    @Test func `a failure in the middle names itself and stops the rest`() async throws {
        try await TestDatabase.create().withPool { pool in
            try await pool.transaction { try $0.script("CREATE TABLE t (id int8 CONSTRAINT t_key PRIMARY KEY)") }
            let insert: Statement = "INSERT INTO t VALUES ($1)"
            await #expect(throws: DatabaseError.uniqueViolation(constraint: "t_key")) {
                try await pool.transaction { transaction in
                    try transaction.executeAll([insert.with(.int64(1)), insert.with(.int64(1)), insert.with(.int64(2))])
                }
            }
            #expect(try await pool.rows("SELECT * FROM t").count == 0)
            try await pool.transaction { try $0.execute(insert, .int64(1)) }
        }
    }

    /// More in both directions than the socket's buffers hold: a client that only wrote would wait for a server that
    /// waits for it to read.
    @Test func `a pipeline larger than every buffer does not get stuck`() async throws {
        try await TestDatabase.create().withPool { pool in
            let text = String(repeating: "x", count: 20_000)
            let results = try await pool.read { transaction in
                try transaction.executeAll(
                    (0..<1000).map { _ in Statement("SELECT $1::text AS echo").with(.text(text)) }
                )
            }
            #expect(results.count == 1000)
            #expect(try results.allSatisfy { try $0[0].text("echo") == text })
        }
    }

    @Test func `a plan that the schema has outgrown is made anew`() async throws {
        try await TestDatabase.create().withPool(connections: 1) { pool in
            let all: Statement = "SELECT * FROM t"
            try await pool.transaction { try $0.script("CREATE TABLE t (id int8); INSERT INTO t VALUES (1)") }
            #expect(try await pool.rows(all).columnNames == ["id"])
            try await pool.transaction { try $0.script("ALTER TABLE t ADD COLUMN name text DEFAULT 'new'") }
            #expect(try await pool.rows(all).columnNames == ["id", "name"])
            try await pool.transaction { try $0.script("DEALLOCATE ALL") }
            #expect(try await pool.rows(all)[0].text("name") == "new")
        }
    }

    @Test func `the same text with parameters of other types is a plan of its own`() async throws {
        try await TestDatabase.create().withPool(connections: 1) { pool in
            let echo: Statement = "SELECT $1 AS value"
            let number = try await pool.read { try $0.query(echo, .int64(5))[0].int64("value") }
            let word = try await pool.read { try $0.query(echo, .text("five"))[0].text("value") }
            let plans = try await pool.read {
                try $0.query("SELECT count(*) FROM pg_prepared_statements WHERE statement = $1", .text(echo.sql))[0]
                    .int64(0)
            }
            #expect(number == 5)
            #expect(word == "five")
            #expect(plans == 2)
        }
    }
}

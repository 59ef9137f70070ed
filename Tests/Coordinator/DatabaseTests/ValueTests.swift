import Database
import DatabaseTestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ValueTests {
    @Test func `every type comes back as it was sent`() async throws {
        let uuid = (0..<16).map { UInt8($0 * 16) }
        try await TestDatabase.create().withPool { pool in
            let rows = try await pool.read { transaction in
                try transaction.query(
                    """
                    SELECT $1::bool AS a, $2::int2 AS b, $3::int4 AS c, $4::int8 AS d, $5::float8 AS e, $6::text AS f,
                           $7::bytea AS g, $8::timestamptz AS h, $9::uuid AS i
                    """,
                    .bool(true),
                    .int16(.min),
                    .int32(.max),
                    .int64(.min),
                    .double(-0.5),
                    .text("naïve ☂"),
                    .bytes([0, 255, 0]),
                    .timestamp(-1),
                    .uuid(uuid)
                )
            }
            let row = try #require(rows.first)
            #expect(try row.bool("a") == true)
            #expect(try row.int16("b") == .min)
            #expect(try row.int32("c") == .max)
            #expect(try row.int64("d") == .min)
            #expect(try row.double("e") == -0.5)
            #expect(try row.text("f") == "naïve ☂")
            #expect(try row.bytes("g") == [0, 255, 0])
            #expect(try row.timestamp("h") == -1)
            #expect(try row.uuid("i") == uuid)
            #expect(try row.int64("c") == Int64(Int32.max))
            #expect(rows.columnNames == ["a", "b", "c", "d", "e", "f", "g", "h", "i"])
        }
    }

    @Test func `a timestamp means the same instant to PostgreSQL`() async throws {
        try await TestDatabase.create().withPool { pool in
            let rows = try await pool.read { transaction in
                try transaction.query(
                    "SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), 'infinity'::timestamptz AS forever",
                    .timestamp(1_700_000_000_123_456)
                )
            }
            #expect(try rows[0].text(0) == "2023-11-14 22:13:20.123456")
            #expect(throws: DatabaseError.decoding(column: "forever", problem: .malformed)) {
                try rows[0].timestamp("forever")
            }
        }
    }

    @Test func `NULLs travel both ways, for each type`() async throws {
        let nulls: [(Parameter, String)] = [
            (.bool(nil), "bool"), (.int16(nil), "int2"), (.int32(nil), "int4"), (.int64(nil), "int8"),
            (.double(nil), "float8"), (.text(nil), "text"), (.bytes(nil), "bytea"), (.timestamp(nil), "timestamptz"),
            (.uuid(nil), "uuid"), (.null, "inet"),
        ]
        try await TestDatabase.create().withPool { pool in
            for (parameter, type) in nulls {
                let rows = try await pool.read { try $0.query(Statement("SELECT $1::\(type) AS value"), parameter) }
                #expect(try rows[0].isNull("value"))
                #expect(try rows[0].optionalInt64("value") == nil)
                #expect(throws: DatabaseError.decoding(column: "value", problem: .unexpectedNull)) {
                    try rows[0].text("value")
                }
            }
        }
    }

    @Test func `arrays of every type come back and can be unnested`() async throws {
        try await TestDatabase.create().withPool { pool in
            let rows = try await pool.read { transaction in
                try transaction.query(
                    """
                    SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d, $5 AS e, $6 AS f, $7 AS g, $8 AS h, $9 AS i,
                           (SELECT sum(x)::int8 FROM unnest($4) AS x) AS total
                    """,
                    .boolArray([true, false]),
                    .int16Array([1, -1]),
                    .int32Array([]),
                    .int64Array([40, 2, nil]),
                    .doubleArray([0.25]),
                    .textArray(["", "a,b\"{}"]),
                    .bytesArray([[], [0]]),
                    .timestampArray([0]),
                    .uuidArray([[UInt8](repeating: 7, count: 16)])
                )
            }
            let row = rows[0]
            #expect(try row.boolArray("a") == [true, false])
            #expect(try row.int16Array("b") == [1, -1])
            #expect(try row.int32Array("c") == [])
            #expect(throws: DatabaseError.decoding(column: "d", problem: .unexpectedNull)) { try row.int64Array("d") }
            #expect(try row.doubleArray("e") == [0.25])
            #expect(try row.textArray("f") == ["", "a,b\"{}"])
            #expect(try row.bytesArray("g") == [[], [0]])
            #expect(try row.timestampArray("h") == [0])
            #expect(try row.uuidArray("i") == [[UInt8](repeating: 7, count: 16)])
            #expect(try row.int64("total") == 42)
        }
    }

    @Test func `a text is read as whatever its place asks for`() async throws {
        try await TestDatabase.create().withPool { pool in
            let rows = try await pool.transaction { transaction in
                try transaction.script(
                    "CREATE TYPE mood AS ENUM ('calm', 'tense'); CREATE TABLE t (m mood, a inet, j jsonb)"
                )
                try transaction.execute(
                    "INSERT INTO t VALUES ($1, $2, $3)",
                    .text("calm"),
                    .text("10.0.0.1"),
                    .text("{\"a\": 1}")
                )
                return try transaction.query("SELECT m, host(a) AS a, j, a AS raw FROM t")
            }
            #expect(try rows[0].text("m") == "calm")
            #expect(try rows[0].text("a") == "10.0.0.1")
            #expect(try rows[0].text("j") == "{\"a\": 1}")
            #expect(throws: DatabaseError.decoding(column: "raw", problem: .unexpectedType(869))) {
                try rows[0].text("raw")
            }
        }
    }

    @Test func `a column that is missing or of another type is an error that names it`() async throws {
        try await TestDatabase.create().withPool { pool in
            let rows = try await pool.read {
                try $0.query("SELECT 70000 AS big, 'x' AS word, ARRAY[[1,2],[3,4]] AS grid")
            }
            #expect(throws: DatabaseError.decoding(column: "small", problem: .noSuchColumn)) {
                try rows[0].int64("small")
            }
            #expect(throws: DatabaseError.decoding(column: "9", problem: .noSuchColumn)) { try rows[0].int64(9) }
            #expect(throws: DatabaseError.decoding(column: "big", problem: .unexpectedType(23))) {
                try rows[0].int16("big")
            }
            #expect(throws: DatabaseError.decoding(column: "word", problem: .unexpectedType(25))) {
                try rows[0].bytes("word")
            }
            #expect(throws: DatabaseError.decoding(column: "grid", problem: .malformed)) {
                try rows[0].int32Array("grid")
            }
        }
    }

    @Test(arguments: [Parameter.text("a\0b"), .textArray(["a", "\0"]), .uuid([1, 2]), .timestamp(.min)])
    func `a value that cannot be sent is refused by its place, and the connection stays`(_ bad: Parameter) async throws
    {
        try await TestDatabase.create().withPool(connections: 1) { pool in
            let before = try await pool.read { try $0.query("SELECT pg_backend_pid()")[0].int32(0) }
            await #expect(throws: DatabaseError.parameter(position: 2)) {
                try await pool.transaction { try $0.query("SELECT $1::int8, $2", .int64(1), bad).count }
            }
            let after = try await pool.read { try $0.query("SELECT pg_backend_pid()")[0].int32(0) }
            #expect(before == after)
        }
    }
}

import Database
import DatabaseTestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ErrorTests {
    private static let schema = """
        CREATE TABLE parent (id int8 PRIMARY KEY);
        CREATE TABLE child (
            id int8 CONSTRAINT child_key PRIMARY KEY,
            parent int8 CONSTRAINT child_parent REFERENCES parent,
            size int4 NOT NULL CONSTRAINT child_size CHECK (size > 0),
            name text
        );
        INSERT INTO child VALUES (1, NULL, 1, 'hunter2');
        """

    @Test(arguments: [
        ("INSERT INTO child VALUES (1, NULL, 1, 'hunter2')", DatabaseError.uniqueViolation(constraint: "child_key")),
        ("INSERT INTO child VALUES (2, 7, 1, 'hunter2')", .foreignKeyViolation(constraint: "child_parent")),
        ("INSERT INTO child VALUES (2, NULL, 0, 'hunter2')", .checkViolation(constraint: "child_size")),
        ("INSERT INTO child VALUES (2, NULL, NULL, 'hunter2')", .notNullViolation(table: "child", column: "size")),
        ("SELECT name::int8 FROM child", .statement(sqlstate: "22P02", message: "")),
        ("SELECT nothing FROM child", .statement(sqlstate: "42703", message: "column \"nothing\" does not exist")),
    ])
    func `each refusal has its own case and quotes no value`(_ sql: String, _ expected: DatabaseError) async throws {
        try await TestDatabase.create().withPool { pool in
            try await pool.transaction { try $0.script(Self.schema) }
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.transaction { try $0.execute(Statement(sql)) }
            }
            #expect(error == expected)
            #expect(!"\(String(describing: error)) \(String(reflecting: error))".contains("hunter2"))
            #expect(try await pool.rows("SELECT count(*) FROM child")[0].int64(0) == 1)
        }
    }

    @Test func `a password never leaves the configuration`() async throws {
        var configuration = try DatabaseConfiguration("postgresql://me:hunter2@127.0.0.1:1/nowhere")
        configuration.connections = 1
        #expect(!"\(configuration) \(String(reflecting: configuration))".contains("hunter2"))
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("hunter2"))
        try await withPool(configuration) { pool in
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.read { try $0.query("SELECT 1").count }
            }
            guard case .unavailable(.cannotConnect(let reason)) = error else {
                Issue.record("not a failure to connect: \(String(describing: error))")
                return
            }
            #expect(reason.contains("127.0.0.1"))
            #expect(!reason.contains("hunter2"))
            #expect(!pool.isHealthy)
            #expect(pool.figures.lastFailure == .cannotConnect(reason))
        }
    }

    @Test(arguments: ["postgresql://me:hunter2@[::1", "password = hunter2 host", "nonsense=hunter2"])
    func `a connection string that is not understood is refused without its text`(_ text: String) {
        let error = #expect(throws: DatabaseError.self) { try DatabaseConfiguration(text) }
        #expect(error == .connectionString)
        #expect(!String(describing: error).contains("hunter2"))
    }
}

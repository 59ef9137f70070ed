import Database

extension Store {
    /// Brings the schema up to date. Every instance does this when it starts: a lock makes them take turns, and what is
    /// applied already is left alone.
    ///
    /// - Throws: `SchemaTooNew` when a newer version of the program has been here, `DatabaseError` for the rest.
    public func migrate() async throws {
        for migration in Migration.all {
            try await pool.transaction { transaction in try migration.apply(in: transaction) }
        }
        let newest = try await pool.read { transaction in
            try transaction.query("SELECT coalesce(max(number), 0) AS number FROM schema_migrations")[0].int32("number")
        }
        if newest > Migration.newest { throw SchemaTooNew(found: newest, known: Migration.newest) }
    }
}

/// The database's schema was made by a newer version of this program.
public struct SchemaTooNew: Error, Hashable, Sendable, CustomStringConvertible {
    public let found: Int32
    public let known: Int32

    public var description: String {
        "the database's schema is at \(found), and this version knows it up to \(known): start the newer version"
    }
}

extension Migration {
    static var newest: Int32 { all.map(\.number).max() ?? 0 }

    /// An arbitrary number, the same in every instance: the lock under which the schema changes.
    private static let lock: Int64 = 0x686f_6c64_6661_7374

    func apply(in transaction: Transaction) throws(DatabaseError) {
        _ = try transaction.query("SELECT pg_advisory_xact_lock($1)", .int64(Self.lock))
        try transaction.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                number integer PRIMARY KEY,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
        let known = try transaction.query("SELECT 1 FROM schema_migrations WHERE number = $1", .int32(number))
        guard known.isEmpty else { return }
        for statement in statements { try transaction.execute(statement) }
        try transaction.execute("INSERT INTO schema_migrations (number) VALUES ($1)", .int32(number))
    }
}

extension Connection {
    /// Runs a script on a connection of its own, in PostgreSQL's simple protocol and outside any transaction, as
    /// `CREATE DATABASE` asks. Blocks the thread.
    package static func runScript(_ sql: String, on configuration: DatabaseConfiguration) throws(DatabaseError) {
        let connection = try Connection(configuration)
        defer { connection.close() }
        try connection.script(sql)
    }
}

import Database

extension DatabasePool {
    /// The rows of one statement in a transaction of its own that only reads.
    func rows(_ statement: Statement, _ parameters: Parameter...) async throws -> QueryResult {
        try await read { transaction in try transaction.query(statement, parameters) }
    }
}

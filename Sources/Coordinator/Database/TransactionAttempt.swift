/// One run of a transaction's closure.
enum TransactionAttempt<Value: Sendable>: Sendable {
    case ended(Result<Value, any Error>)
    /// Rolled back because of other transactions, or of a kept plan that the schema has outgrown: worth another run.
    case conflicted(DatabaseError)

    static func run(
        on connection: Connection,
        isolation: IsolationLevel,
        isReadOnly: Bool,
        _ body: (Transaction) throws -> Value
    ) -> Self {
        run(Transaction(on: connection, isolation: isolation, isReadOnly: isReadOnly), on: connection, body)
    }

    /// Runs one reading statement as a transaction of its own: there is nothing to commit.
    static func readOne(
        _ statement: BoundStatement,
        on connection: Connection,
        _ decode: (QueryResult) throws -> Value
    ) -> Self {
        run(Transaction(ofOneStatementOn: connection), on: connection) { transaction in
            try decode(try transaction.query(statement.statement, statement.parameters))
        }
    }

    private static func run(
        _ transaction: Transaction,
        on connection: Connection,
        _ body: (Transaction) throws -> Value
    ) -> Self {
        do {
            let value = try body(transaction)
            try transaction.commit()
            return .ended(.success(value))
        } catch {
            transaction.rollback()
            return classify(error, failure: transaction.failure, on: connection)
        }
    }

    private static func classify(_ error: any Error, failure: DatabaseError?, on connection: Connection) -> Self {
        // A connection to a standby would refuse every write to come; a new one finds the primary.
        if failure == .unavailable(.readOnly) { connection.close() }
        if connection.isUsable, connection.hasStalePlans {
            do throws(DatabaseError) { try connection.forgetPlans() } catch { connection.close() }
            if let failure { return .conflicted(failure) }
        }
        // Whatever the closure made of it: a conflict is a conflict.
        if failure == .serializationFailure { return .conflicted(.serializationFailure) }
        return .ended(.failure(error))
    }
}

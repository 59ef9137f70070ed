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
        let transaction = Transaction(on: connection, isolation: isolation, isReadOnly: isReadOnly)
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

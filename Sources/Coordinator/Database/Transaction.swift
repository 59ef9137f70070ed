/// A transaction while its closure runs, on the thread that owns the connection. Every call blocks that thread until
/// the server has answered, so there is nothing to await while locks are held.
///
/// After a statement has failed, PostgreSQL refuses everything up to the end of the transaction: further calls throw
/// the first failure again, without asking the server, and the transaction is rolled back even if the closure
/// swallowed the error. Only ``savepoint(_:)`` recovers from a failure.
public final class Transaction {
    private let connection: Connection
    /// Nil where a single statement is its own transaction.
    private let begin: String?
    private let isReadOnly: Bool
    private var hasBegun = false
    private var isOver = false
    private var queued: [BoundStatement] = []
    private var savepoints = 0
    /// The failure that aborted the transaction.
    private(set) var failure: DatabaseError?

    init(on connection: Connection, isolation: IsolationLevel, isReadOnly: Bool) {
        self.connection = connection
        self.isReadOnly = isReadOnly
        begin = "BEGIN ISOLATION LEVEL \(isolation.rawValue)" + (isReadOnly ? " READ ONLY" : "")
    }

    /// For one reading statement that is a transaction of its own.
    init(ofOneStatementOn connection: Connection) {
        self.connection = connection
        begin = nil
        isReadOnly = true
    }

    /// Runs one statement and gives its rows.
    public func query(_ statement: Statement, _ parameters: Parameter...) throws(DatabaseError) -> QueryResult {
        try query(statement, parameters)
    }

    public func query(_ statement: Statement, _ parameters: [Parameter]) throws(DatabaseError) -> QueryResult {
        let results = try run([.statement(BoundStatement(statement: statement, parameters: parameters))])
        guard let result = results.first else { throw .unavailable(.connectionLost) }
        return result
    }

    /// Runs one statement and gives the number of rows it touched.
    @discardableResult
    public func execute(_ statement: Statement, _ parameters: Parameter...) throws(DatabaseError) -> Int {
        try query(statement, parameters).affectedRows
    }

    /// Runs several statements in one round trip; a result for each, in order.
    ///
    /// When one fails, those after it are not run and its error is thrown.
    @discardableResult
    public func executeAll(_ statements: [BoundStatement]) throws(DatabaseError) -> [QueryResult] {
        try run(statements.map { .statement($0) })
    }

    /// Adds a statement whose result nobody reads to the next round trip, be it the COMMIT. Its failure is thrown
    /// there.
    public func enqueue(_ statement: Statement, _ parameters: Parameter...) {
        precondition(!isOver, "a transaction was used after its closure had ended")
        queued.append(BoundStatement(statement: statement, parameters: parameters))
    }

    /// Runs a script of several statements without parameters, as migrations are.
    public func script(_ sql: String) throws(DatabaseError) {
        _ = try run([])
        do {
            try connection.script(sql)
        } catch {
            throw fail(error)
        }
    }

    /// Runs a part of the transaction that may fail without failing the whole: its changes are undone when it throws.
    public func savepoint<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws -> Value {
        savepoints += 1
        let name = "s\(savepoints)"
        _ = try run([.plain("SAVEPOINT \(name)")])
        do {
            let value = try body()
            _ = try run([.plain("RELEASE SAVEPOINT \(name)")])
            return value
        } catch {
            queued = []
            // A conflict with another transaction ends this one: its snapshot stays the same after going back.
            guard connection.isUsable, failure != .serializationFailure else { throw error }
            let outcome = connection.roundTrip([.plain("ROLLBACK TO SAVEPOINT \(name)")])
            failure = outcome.failure
            throw error
        }
    }

    /// The closure has returned: what is queued and COMMIT go in one round trip.
    func commit() throws(DatabaseError) {
        defer { isOver = true }
        if let failure { throw failure }
        guard begin != nil, hasBegun || !queued.isEmpty else { return }
        let commands = takeCommands([.plain("COMMIT")])
        let outcome = connection.roundTrip(commands)
        if outcome.results.count == commands.count { return }
        // An error of an earlier command means that COMMIT never ran. Without one, its answer is what is missing: a
        // server that is shut down in mid-commit may have written the commit before it says so.
        let isCommitUnanswered = outcome.results.count == commands.count - 1
        if outcome.lost != nil, isReadOnly { throw fail(.unavailable(.connectionLost)) }
        if outcome.lost != nil, isCommitUnanswered || !isDefinite(outcome.failure) { throw fail(.commitUnknown) }
        throw fail(outcome.failure ?? .commitUnknown)
    }

    /// The closure has thrown, or COMMIT was refused.
    func rollback() {
        isOver = true
        queued = []
        guard connection.isUsable, connection.isInTransaction else { return }
        if connection.roundTrip([.plain("ROLLBACK")]).failure != nil { connection.close() }
    }

    /// Whether an error came from the server as its answer to a statement, rather than from the silence after it.
    private func isDefinite(_ error: DatabaseError?) -> Bool {
        switch error {
        case nil, .unavailable(.connectionLost): false
        default: true
        }
    }

    private func run(_ commands: [Connection.Command]) throws(DatabaseError) -> [QueryResult] {
        precondition(!isOver, "a transaction was used after its closure had ended")
        if let failure { throw failure }
        let all = takeCommands(commands)
        guard !all.isEmpty else { return [] }
        let outcome = connection.roundTrip(all)
        if let failure = outcome.failure { throw fail(failure) }
        return Array(outcome.results.suffix(commands.count))
    }

    private func takeCommands(_ commands: [Connection.Command]) -> [Connection.Command] {
        var all: [Connection.Command] = []
        if let begin, !hasBegun { all.append(.plain(begin)) }
        all += queued.map { .statement($0) } + commands
        hasBegun = true
        queued = []
        return all
    }

    private func fail(_ error: DatabaseError) -> DatabaseError {
        // In a transaction that promised not to write, a refused write is our mistake and not a failover.
        let error =
            isReadOnly && error == .unavailable(.readOnly)
            ? .statement(sqlstate: "25006", message: "a write in a read-only transaction") : error
        failure = failure ?? error
        return error
    }
}

/// PostgreSQL's isolation levels.
public enum IsolationLevel: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

/// What can go wrong between a caller and PostgreSQL.
///
/// No case carries a parameter's value, a row's content or any part of a connection string, so that an error may be
/// logged as it is. PostgreSQL's DETAIL lines, and the messages of its data exceptions, quote values: they are dropped.
public enum DatabaseError: Error, Hashable, Sendable {
    /// The database cannot be used now. Nothing was committed; asking again later is right.
    case unavailable(Unavailability)
    /// SQLSTATE 23505. The constraint or unique index by name.
    case uniqueViolation(constraint: String)
    /// SQLSTATE 23503.
    case foreignKeyViolation(constraint: String)
    /// SQLSTATE 23514.
    case checkViolation(constraint: String)
    /// SQLSTATE 23P01.
    case exclusionViolation(constraint: String)
    /// SQLSTATE 23502.
    case notNullViolation(table: String, column: String)
    /// SQLSTATE 40001 or 40P01, still there after the last attempt.
    case serializationFailure
    /// Any other refusal of a statement. The message is empty where PostgreSQL's own could quote a value.
    case statement(sqlstate: String, message: String)
    /// A column is missing, NULL where a value was asked for, or of another type than the one asked for.
    case decoding(column: String, problem: DecodingProblem)
    /// The parameter at this place (from 1, as in `$1`) cannot be sent: a NUL in a text, a UUID that is not 16 bytes.
    case parameter(position: Int)
    /// The connection string cannot be understood. Its text is never repeated, since it may hold a password.
    case connectionString
    /// COMMIT was sent and its answer never came: the transaction may or may not have happened. Never retried here,
    /// since only the caller knows how to find out.
    case commitUnknown
    /// The awaiting task was cancelled before the work began; nothing was done.
    case cancelled
}

/// Why the database cannot be used now.
public enum Unavailability: Hashable, Sendable {
    /// libpq's own words: the host and the reason, never a password.
    case cannotConnect(String)
    case connectionLost
    /// The server ended the session: SQLSTATE 57P01 and its relatives.
    case serverStopping
    /// A failover left this connection on a standby (SQLSTATE 25006).
    case readOnly
    /// SQLSTATE class 53 or 58: disk, memory or connections of the server are used up, or its storage fails.
    case serverResources(sqlstate: String)
    /// A statement or lock time limit of the server was reached.
    case timeLimit
    /// More callers wait than the pool lets wait.
    case queueFull
    /// No connection became free within the pool's longest wait.
    case waitedTooLong
    case shutDown
}

public enum DecodingProblem: Hashable, Sendable {
    case noSuchColumn
    case unexpectedNull
    /// PostgreSQL's type number of the column (`pg_type.oid`).
    case unexpectedType(UInt32)
    case malformed
}

extension DatabaseError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unavailable(let reason): "the database is unavailable: \(reason)"
        case .uniqueViolation(let constraint): "unique constraint \(constraint) refused a row"
        case .foreignKeyViolation(let constraint): "foreign key \(constraint) refused a row"
        case .checkViolation(let constraint): "check constraint \(constraint) refused a row"
        case .exclusionViolation(let constraint): "exclusion constraint \(constraint) refused a row"
        case .notNullViolation(let table, let column): "\(table).\(column) may not be NULL"
        case .serializationFailure: "the transaction kept conflicting with others"
        case .statement(let sqlstate, let message):
            "a statement was refused (SQLSTATE \(sqlstate))" + (message.isEmpty ? "" : ": \(message)")
        case .decoding(let column, let problem): "column \(column) cannot be read: \(problem)"
        case .parameter(let position): "parameter $\(position) cannot be sent"
        case .connectionString:
            "the connection string is not understood; expected postgresql://user@host/database or key=value pairs"
        case .commitUnknown: "the connection was lost while committing: the outcome is unknown"
        case .cancelled: "cancelled before it began"
        }
    }
}

extension Unavailability: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotConnect(let reason): reason
        case .connectionLost: "the connection was lost"
        case .serverStopping: "the server ended the session"
        case .readOnly: "this server is a standby"
        case .serverResources(let sqlstate): "the server is out of resources (SQLSTATE \(sqlstate))"
        case .timeLimit: "a time limit of the server was reached"
        case .queueFull: "too many callers wait for a connection"
        case .waitedTooLong: "no connection became free in time"
        case .shutDown: "the pool is shut down"
        }
    }
}

extension DecodingProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuchColumn: "no such column"
        case .unexpectedNull: "it is NULL"
        case .unexpectedType(let oid): "its type (oid \(oid)) is not the one asked for"
        case .malformed: "its content is malformed"
        }
    }
}

import CPostgres

/// How to reach the database, and the limits of a pool of connections to it.
///
/// The connection string may hold a password, so that it has no public accessor and never shows in a description.
public struct DatabaseConfiguration: Sendable {
    let connectionString: String
    let password: String?

    /// Shown in `pg_stat_activity`; one in the connection string wins.
    public var applicationName = "holdfast-coordinator"
    /// Per host, for the whole of connecting. libpq counts in seconds, and makes it two at the least. One in the
    /// connection string wins.
    public var connectTimeout: Duration = .seconds(5)
    /// PostgreSQL's `statement_timeout`; zero means none.
    public var statementTimeout: Duration = .seconds(30)
    /// What a server has beyond `statementTimeout` to answer; then it is taken for frozen, and the connection is given up.
    public var answerMargin: Duration = .seconds(5)
    /// PostgreSQL's `idle_in_transaction_session_timeout`; zero means none.
    public var idleInTransactionTimeout: Duration = .seconds(60)

    /// Connections, and so threads, of a pool.
    public var connections = 8
    /// Callers that may wait for a connection; the next one is refused with `.queueFull`.
    public var waitingLimit = 1024
    /// How long a caller waits for a connection before `.waitedTooLong`; checked ten times a second.
    public var longestWait: Duration = .seconds(5)
    /// Attempts at a transaction that conflicts with others, the first included.
    public var transactionAttempts = 10
    /// The longest pause between two attempts to connect. Pauses are random between nothing and a bound that doubles
    /// from 50 ms up to this one.
    public var longestReconnectPause: Duration = .seconds(5)

    /// - Parameter connectionString: what libpq takes (PostgreSQL's documentation, "Connection Strings"): a URL or
    ///   key=value pairs, with several hosts and `target_session_attrs` if wished.
    /// - Throws: `DatabaseError.connectionString`.
    public init(_ connectionString: String) throws(DatabaseError) {
        guard let options = PQconninfoParse(connectionString, nil) else { throw .connectionString }
        defer { PQconninfoFree(options) }
        var password: String?
        var option = options
        while let keyword = option.pointee.keyword {
            if String(cString: keyword) == "password", let value = option.pointee.val {
                password = String(cString: value)
            }
            option += 1
        }
        self.connectionString = connectionString
        self.password = password
    }
}

extension DatabaseConfiguration {
    /// -1: a statement may take as long as it likes.
    var silenceLimit_ms: Int32 {
        statementTimeout > .zero ? Int32(clamping: (statementTimeout + answerMargin).clamped_ms) : -1
    }
}

extension DatabaseConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "DatabaseConfiguration(<redacted>)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

import CPostgres
import Glibc

/// One libpq connection in pipeline mode. It belongs to the one thread that made it.
package final class Connection {
    private(set) var handle: OpaquePointer?
    private var prepared: [PreparedKey: String] = [:]
    private var preparedCount = 0
    /// A plan kept here no longer fits the schema: forget all of them before the next use.
    private(set) var hasStalePlans = false
    /// For how long the server may say nothing while it owes an answer, in milliseconds; -1: without end.
    private let silenceLimit_ms: Int32
    private var isSilent = false

    /// Plans kept per connection. The program's statements are constants, so only a mistake reaches this.
    private static let plansLimit = 1000

    struct PreparedKey: Hashable {
        let sql: String
        let types: [UInt32]
    }

    /// One command of a round trip.
    enum Command {
        /// A statement without parameters that is not worth preparing: BEGIN, COMMIT, SAVEPOINT.
        case plain(String)
        case statement(BoundStatement)
    }

    /// - Throws: `.unavailable(.cannotConnect)`.
    init(_ configuration: DatabaseConfiguration) throws(DatabaseError) {
        silenceLimit_ms = configuration.silenceLimit_ms
        handle = try Self.open(configuration)
        // Plans are kept. One made while a table was empty would scan it from end to end when it has a million rows,
        // until statistics come by; an index serves each of the program's statements at any size. Where there is none
        // (a sequence's row), the planner's high estimate would have the statement compiled each time: no JIT.
        let settings = """
            SET statement_timeout = \(configuration.statementTimeout.clamped_ms); \
            SET idle_in_transaction_session_timeout = \(configuration.idleInTransactionTimeout.clamped_ms); \
            SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off
            """
        try script(settings)
    }

    deinit { close() }

    var isUsable: Bool { handle != nil }
    var socket: Int32 { handle.map { PQsocket($0) } ?? -1 }
    /// The transaction is open and has failed: only ROLLBACK helps.
    var isTransactionAborted: Bool { handle.map { PQtransactionStatus($0) == PQTRANS_INERROR } ?? false }
    var isInTransaction: Bool { handle.map { PQtransactionStatus($0) != PQTRANS_IDLE } ?? false }

    func close() {
        if let handle { PQfinish(handle) }
        handle = nil
    }

    /// Whether the server is still there, as far as the socket knows: cheap, and without a round trip.
    func checkAlive() -> Bool {
        guard let handle else { return false }
        var poller = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        if poll(&poller, 1, 0) > 0, PQconsumeInput(handle) == 0 || PQstatus(handle) != CONNECTION_OK { close() }
        // A server that says goodbye sends a message first and closes next; the second look sees the close.
        if let handle = self.handle, poller.revents != 0, poll(&poller, 1, 0) > 0, PQconsumeInput(handle) == 0 {
            close()
        }
        return isUsable
    }

    /// Sends all commands at once and collects their results in order. Commands after one that failed are not run by
    /// the server; their results are left out.
    func roundTrip(_ commands: [Command]) -> RoundTripOutcome {
        var outcome = RoundTripOutcome()
        guard let handle else {
            outcome.lost = .unavailable(.connectionLost)
            return outcome
        }
        do throws(DatabaseError) {
            // Every parameter is encoded before anything is sent, so that a value that cannot be sent costs nothing.
            let encoded = try encode(commands)
            let expected = try send(encoded, on: handle)
            collect(expected, on: handle, into: &outcome)
        } catch {
            if case .unavailable = error { lose(error, &outcome) } else { outcome.failure = error }
        }
        return outcome
    }

    /// Runs a script of several statements in PostgreSQL's simple protocol, which is one implicit transaction unless
    /// the script or the session has its own.
    func script(_ sql: String) throws(DatabaseError) {
        guard let handle else { throw .unavailable(.connectionLost) }
        if PQpipelineStatus(handle) != PQ_PIPELINE_OFF, PQexitPipelineMode(handle) != 1 {
            close()
            throw .unavailable(.connectionLost)
        }
        var failure: DatabaseError?
        if PQsendQuery(handle, sql) == 1 {
            while let result = nextResult(on: handle) {
                defer { PQclear(result) }
                guard PQresultStatus(result) == PGRES_FATAL_ERROR else { continue }
                failure = failure ?? ServerError(result).error
                if ServerError(result).endsSession { break }
            }
        } else {
            failure = .unavailable(.connectionLost)
        }
        let isLost = isSilent || PQstatus(handle) != CONNECTION_OK
        if isLost || PQenterPipelineMode(handle) != 1 { close() }
        if let failure { throw failure }
        if isLost { throw .unavailable(.connectionLost) }
    }

    /// Lets go of every prepared plan, after the schema changed under them.
    func forgetPlans() throws(DatabaseError) {
        prepared = [:]
        hasStalePlans = false
        try script("DEALLOCATE ALL")
    }

    /// What the server will answer to one thing sent.
    private enum Expected {
        case preparation(PreparedKey, name: String)
        case result
    }

    private enum EncodedCommand {
        case plain(String)
        case statement(String, EncodedParameters)
    }

    private func encode(_ commands: [Command]) throws(DatabaseError) -> [EncodedCommand] {
        var encoded: [EncodedCommand] = []
        for command in commands {
            switch command {
            case .plain(let sql): encoded.append(.plain(sql))
            case .statement(let bound):
                encoded.append(.statement(bound.statement.sql, try EncodedParameters(bound.parameters)))
            }
        }
        return encoded
    }

    private func send(_ commands: [EncodedCommand], on handle: OpaquePointer) throws(DatabaseError) -> [Expected] {
        var expected: [Expected] = []
        var preparing: [PreparedKey: String] = [:]
        for command in commands {
            let sent: Int32
            switch command {
            case .plain(let sql):
                sent = PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 1)
            case .statement(let sql, let parameters):
                let key = PreparedKey(sql: sql, types: parameters.types)
                let name: String
                if let known = prepared[key] ?? preparing[key] {
                    name = known
                } else {
                    name = try sendPreparation(key, on: handle)
                    preparing[key] = name
                    expected.append(.preparation(key, name: name))
                }
                sent = parameters.withPointers { values, lengths, formats in
                    PQsendQueryPrepared(handle, name, parameters.count, values, lengths, formats, 1)
                }
            }
            guard sent == 1 else { throw .unavailable(.connectionLost) }
            expected.append(.result)
        }
        guard PQpipelineSync(handle) == 1 else { throw .unavailable(.connectionLost) }
        return expected
    }

    private func sendPreparation(_ key: PreparedKey, on handle: OpaquePointer) throws(DatabaseError) -> String {
        preparedCount += 1
        let name = "h\(preparedCount)"
        guard PQsendPrepare(handle, name, key.sql, Int32(key.types.count), key.types) == 1 else {
            throw .unavailable(.connectionLost)
        }
        return name
    }

    private func collect(_ expected: [Expected], on handle: OpaquePointer, into outcome: inout RoundTripOutcome) {
        for item in expected {
            guard let result = nextResult(on: handle) else { return lose(.unavailable(.connectionLost), &outcome) }
            let status = PQresultStatus(result)
            if status == PGRES_FATAL_ERROR {
                let serverError = ServerError(result)
                PQclear(result)
                if serverError.isStalePlan { hasStalePlans = true }
                if outcome.failure == nil { outcome.failure = serverError.error }
                if serverError.endsSession || PQstatus(handle) != CONNECTION_OK {
                    return lose(serverError.error, &outcome)
                }
            } else if status == PGRES_PIPELINE_ABORTED {
                PQclear(result)
            } else if case .preparation(let key, let name) = item {
                PQclear(result)
                prepared[key] = name
            } else {
                outcome.results.append(QueryResult(handle: ResultHandle(owning: result)))
            }
            // Each command's results end with a null one.
            while let extra = nextResult(on: handle) { PQclear(extra) }
        }
        guard let sync = nextResult(on: handle) else { return lose(.unavailable(.connectionLost), &outcome) }
        defer { PQclear(sync) }
        if PQresultStatus(sync) != PGRES_PIPELINE_SYNC { lose(.unavailable(.connectionLost), &outcome) }
        if prepared.count > Self.plansLimit { hasStalePlans = true }
    }

    private func lose(_ error: DatabaseError, _ outcome: inout RoundTripOutcome) {
        outcome.failure = outcome.failure ?? error
        outcome.lost = error
        close()
    }

    /// The next result, with what was queued flushed while the server's answers are read: a server that waits for us
    /// to read must not be waited for with a write.
    ///
    /// - Returns: nil too when the server has been silent for too long. The limit of a statement is the server's own, and
    ///   one that is frozen keeps none while its kernel still acknowledges what is sent.
    private func nextResult(on handle: OpaquePointer) -> OpaquePointer? {
        while !isSilent {
            let unsent = PQflush(handle)
            if PQstatus(handle) != CONNECTION_OK || PQisBusy(handle) == 0 { break }
            let events = Int16(POLLIN) | (unsent == 1 ? Int16(POLLOUT) : 0)
            var poller = pollfd(fd: PQsocket(handle), events: events, revents: 0)
            let ready = poll(&poller, 1, silenceLimit_ms)
            if ready < 0, errno != EINTR { break }
            if ready == 0 { isSilent = true }
            if ready > 0, poller.revents & ~Int16(POLLOUT) != 0, PQconsumeInput(handle) == 0 { break }
        }
        return isSilent ? nil : PQgetResult(handle)
    }
}

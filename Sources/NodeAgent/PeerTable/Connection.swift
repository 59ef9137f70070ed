import CSQLite

/// One open SQLite database. For one thread at a time.
struct Connection: ~Copyable {
    private let handle: OpaquePointer
    let path: String

    /// - Parameter flags: `SQLITE_OPEN_…`.
    init(path: String, flags: Int32) throws(TableError) {
        var opened: OpaquePointer?
        let status = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard status == SQLITE_OK, let opened else {
            let failure = Self.error(status, opened, path)
            sqlite3_close_v2(opened)
            throw failure
        }
        handle = opened
        self.path = path
        sqlite3_extended_result_codes(opened, 1)
        sqlite3_busy_timeout(opened, 5_000)
    }

    deinit { sqlite3_close_v2(handle) }

    func execute(_ sql: String) throws(TableError) {
        let status = sqlite3_exec(handle, sql, nil, nil, nil)
        guard status == SQLITE_OK else { throw error(status) }
    }

    func prepare(_ sql: String) throws(TableError) -> Statement {
        var prepared: OpaquePointer?
        let status = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard status == SQLITE_OK, let prepared else { throw error(status) }
        return Statement(handle: prepared, database: handle, path: path)
    }

    /// The first column of the first row, as text; the empty text when there is no row.
    func text(_ sql: String) throws(TableError) -> String {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(0) : ""
    }

    /// Runs `body` in a transaction that takes the write lock at once, and rolls back whatever it did if it throws.
    func transaction<Result, Failure: Error>(
        wrapping wrap: (TableError) -> Failure,
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        do { try execute("BEGIN IMMEDIATE") } catch { throw wrap(error) }
        do throws(Failure) {
            let result = try body()
            do { try execute("COMMIT") } catch { throw wrap(error) }
            return result
        } catch {
            // After some errors (disk full) SQLite has rolled back by itself.
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    private func error(_ status: Int32) -> TableError { Self.error(status, handle, path) }

    static func error(_ status: Int32, _ handle: OpaquePointer?, _ path: String) -> TableError {
        let detail = String(cString: handle == nil ? sqlite3_errstr(status) : sqlite3_errmsg(handle))
        switch status & 0xff {
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt(path: path, detail: detail)
        case SQLITE_READONLY: return .readOnly(path: path)
        case SQLITE_PERM, SQLITE_AUTH: return .permission(path: path)
        case SQLITE_FULL: return .full(path: path)
        case SQLITE_BUSY, SQLITE_LOCKED: return .locked(path: path)
        case SQLITE_CANTOPEN:
            let errno = handle == nil ? 0 : sqlite3_system_errno(handle)
            if errno == 2 { return .missing(path: path) }
            if errno == 13 || errno == 1 { return .permission(path: path) }
            return .inputOutput(path: path, code: status, detail: detail)
        default: return .inputOutput(path: path, code: status, detail: detail)
        }
    }
}

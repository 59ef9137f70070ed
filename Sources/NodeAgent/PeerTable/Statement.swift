import CSQLite

/// A prepared statement, used again and again. It must not outlive its connection.
struct Statement: ~Copyable {
    private let handle: OpaquePointer
    private let database: OpaquePointer
    private let path: String

    init(handle: OpaquePointer, database: OpaquePointer, path: String) {
        self.handle = handle
        self.database = database
        self.path = path
    }

    deinit { sqlite3_finalize(handle) }

    /// Makes the statement ready to run again; its bindings stay.
    func reset() { sqlite3_reset(handle) }

    func bind(_ index: Int32, _ bytes: [UInt8]) {
        // SQLITE_TRANSIENT: SQLite copies the bytes before this returns.
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let status = bytes.withUnsafeBytes { buffer in
            buffer.isEmpty
                ? sqlite3_bind_zeroblob(handle, index, 0)
                : sqlite3_bind_blob(handle, index, buffer.baseAddress, Int32(buffer.count), copied)
        }
        precondition(status == SQLITE_OK, "binding parameter \(index) of our own statement")
    }

    func bind(_ index: Int32, _ number: Int64) {
        precondition(sqlite3_bind_int64(handle, index, number) == SQLITE_OK, "binding our own statement")
    }

    func bindNull(_ index: Int32) {
        precondition(sqlite3_bind_null(handle, index) == SQLITE_OK, "binding our own statement")
    }

    /// True when a row is there to be read, false at the end.
    func step() throws(TableError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let status:
            let failure = Connection.error(status, database, path)
            sqlite3_reset(handle)
            throw failure
        }
    }

    /// Runs a statement that returns no rows.
    func run() throws(TableError) {
        _ = try step()
        sqlite3_reset(handle)
    }

    func number(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func text(_ column: Int32) -> String {
        sqlite3_column_text(handle, column).map { String(cString: $0) } ?? ""
    }

    /// Nil for NULL.
    func bytes(_ column: Int32) -> [UInt8]? {
        guard sqlite3_column_type(handle, column) != SQLITE_NULL else { return nil }
        return withBytes(column) { Array($0) }
    }

    /// The column's bytes without a copy, valid until the next step.
    func withBytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let start = sqlite3_column_blob(handle, column)
        return body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }
}

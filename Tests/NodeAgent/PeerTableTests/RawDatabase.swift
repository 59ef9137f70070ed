import CSQLite
import Testing

/// Somebody who changes the file behind the table's back.
enum RawDatabase {
    static func execute(_ sql: String, at path: String) throws {
        var handle: OpaquePointer?
        try #require(sqlite3_open(path, &handle) == SQLITE_OK)
        defer { sqlite3_close(handle) }
        try #require(sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK)
    }
}

import CPostgres

/// The rows that one statement gave, and how many it touched.
public struct QueryResult: RandomAccessCollection, Sendable {
    let handle: ResultHandle

    public var startIndex: Int { 0 }
    public var endIndex: Int { handle.rowCount }
    public var columnNames: [String] { handle.columnNames }

    /// Rows inserted, updated, deleted or selected, from the command's tag.
    public var affectedRows: Int {
        guard let text = PQcmdTuples(handle.pointer) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    public subscript(position: Int) -> Row {
        precondition(indices.contains(position), "row \(position) of \(count)")
        return Row(handle: handle, index: Int32(position))
    }
}

/// Owns a `PGresult`. libpq documents that reading one from several threads is safe once it is complete, which is the
/// only state in which it gets here.
final class ResultHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    let rowCount: Int
    let columnNames: [String]

    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
        rowCount = Int(PQntuples(pointer))
        columnNames = (0..<PQnfields(pointer)).map { PQfname(pointer, $0).map { String(cString: $0) } ?? "" }
    }

    deinit {
        PQclear(pointer)
    }
}

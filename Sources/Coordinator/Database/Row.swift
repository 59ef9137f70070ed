import CPostgres

/// One row of a result. Each accessor names its column by name or by place from 0, and throws
/// `DatabaseError.decoding` when the column is missing, NULL or of another type.
public struct Row: Sendable {
    let handle: ResultHandle
    let index: Int32

    /// A column, by the name that the statement gives it or by its place from 0.
    public enum Column: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case name(String)
        case index(Int)

        public init(stringLiteral name: String) { self = .name(name) }
        public init(integerLiteral index: Int) { self = .index(index) }
    }

    public func isNull(_ column: Column) throws(DatabaseError) -> Bool {
        PQgetisnull(handle.pointer, index, try place(of: column)) == 1
    }

    /// The value, or `nil` for NULL.
    func optional<Value>(
        _ column: Column,
        _ decode: (UInt32, UnsafeRawBufferPointer) throws(DecodingProblem) -> Value
    ) throws(DatabaseError) -> Value? {
        let place = try place(of: column)
        if PQgetisnull(handle.pointer, index, place) == 1 { return nil }
        guard PQfformat(handle.pointer, place) == 1, let start = PQgetvalue(handle.pointer, index, place) else {
            throw .decoding(column: name(of: column), problem: .malformed)
        }
        let length = Int(PQgetlength(handle.pointer, index, place))
        let bytes = UnsafeRawBufferPointer(start: start, count: length)
        do {
            let value = try decode(PQftype(handle.pointer, place), bytes)
            withExtendedLifetime(handle) {}
            return value
        } catch {
            throw .decoding(column: name(of: column), problem: error)
        }
    }

    /// The value; NULL is an error.
    func required<Value>(
        _ column: Column,
        _ decode: (UInt32, UnsafeRawBufferPointer) throws(DecodingProblem) -> Value
    ) throws(DatabaseError) -> Value {
        guard let value = try optional(column, decode) else {
            throw .decoding(column: name(of: column), problem: .unexpectedNull)
        }
        return value
    }

    private func place(of column: Column) throws(DatabaseError) -> Int32 {
        switch column {
        case .name(let name):
            guard let place = handle.columnNames.firstIndex(of: name) else {
                throw .decoding(column: name, problem: .noSuchColumn)
            }
            return Int32(place)
        case .index(let place):
            guard handle.columnNames.indices.contains(place) else {
                throw .decoding(column: String(place), problem: .noSuchColumn)
            }
            return Int32(place)
        }
    }

    private func name(of column: Column) -> String {
        switch column {
        case .name(let name): name
        case .index(let place): String(place)
        }
    }
}

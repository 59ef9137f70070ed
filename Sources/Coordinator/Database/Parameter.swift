/// A value for a `$n` of a statement. `nil` is NULL.
///
/// A text is sent without a type, so that PostgreSQL reads it as whatever the place asks for (`text`, `inet`, `jsonb`,
/// an enum); every other value is sent as exactly its own type. Arrays are meant for `unnest($1, $2)` and
/// `= ANY ($1)`.
public enum Parameter: Hashable, Sendable {
    case bool(Bool?)
    case int16(Int16?)
    case int32(Int32?)
    case int64(Int64?)
    case double(Double?)
    case text(String?)
    case bytes([UInt8]?)
    /// A `timestamptz`, in microseconds since 1970-01-01T00:00:00Z.
    case timestamp(Int64?)
    /// Sixteen bytes.
    case uuid([UInt8]?)
    case boolArray([Bool?])
    case int16Array([Int16?])
    case int32Array([Int32?])
    case int64Array([Int64?])
    case doubleArray([Double?])
    case textArray([String?])
    case bytesArray([[UInt8]?])
    case timestampArray([Int64?])
    case uuidArray([[UInt8]?])

    /// NULL for a place whose type PostgreSQL infers.
    public static var null: Parameter { .text(nil) }
}

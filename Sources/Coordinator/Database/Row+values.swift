// The typed accessors of a row: for each type the value, the value or `nil` for NULL, and an array of it.

extension Row {
    public func bool(_ column: Column) throws(DatabaseError) -> Bool {
        try required(column, ValueDecoding.bool)
    }

    public func optionalBool(_ column: Column) throws(DatabaseError) -> Bool? {
        try optional(column, ValueDecoding.bool)
    }

    public func boolArray(_ column: Column) throws(DatabaseError) -> [Bool] {
        try required(column) { (_, bytes) throws(DecodingProblem) -> [Bool] in
            try ValueDecoding.array(bytes, ValueDecoding.bool)
        }
    }

    public func int16(_ column: Column) throws(DatabaseError) -> Int16 {
        try required(column, ValueDecoding.integer)
    }

    public func optionalInt16(_ column: Column) throws(DatabaseError) -> Int16? {
        try optional(column, ValueDecoding.integer)
    }

    public func int16Array(_ column: Column) throws(DatabaseError) -> [Int16] {
        try required(column) { (_, bytes) throws(DecodingProblem) -> [Int16] in
            try ValueDecoding.array(bytes, ValueDecoding.integer)
        }
    }

    public func int32(_ column: Column) throws(DatabaseError) -> Int32 {
        try required(column, ValueDecoding.integer)
    }

    public func optionalInt32(_ column: Column) throws(DatabaseError) -> Int32? {
        try optional(column, ValueDecoding.integer)
    }

    public func int32Array(_ column: Column) throws(DatabaseError) -> [Int32] {
        try required(column) { (_, bytes) throws(DecodingProblem) -> [Int32] in
            try ValueDecoding.array(bytes, ValueDecoding.integer)
        }
    }

    public func int64(_ column: Column) throws(DatabaseError) -> Int64 {
        try required(column, ValueDecoding.integer)
    }

    public func optionalInt64(_ column: Column) throws(DatabaseError) -> Int64? {
        try optional(column, ValueDecoding.integer)
    }

    public func int64Array(_ column: Column) throws(DatabaseError) -> [Int64] {
        try required(column) { (_, bytes) throws(DecodingProblem) -> [Int64] in
            try ValueDecoding.array(bytes, ValueDecoding.integer)
        }
    }

    public func double(_ column: Column) throws(DatabaseError) -> Double {
        try required(column, ValueDecoding.double)
    }

    public func optionalDouble(_ column: Column) throws(DatabaseError) -> Double? {
        try optional(column, ValueDecoding.double)
    }

    public func doubleArray(_ column: Column) throws(DatabaseError) -> [Double] {
        try required(column) { (_, bytes) throws(DecodingProblem) -> [Double] in
            try ValueDecoding.array(bytes, ValueDecoding.double)
        }
    }

    /// The text of a text, JSON or enum column.
    public func text(_ column: Column) throws(DatabaseError) -> String {
        try required(column, ValueDecoding.text)
    }

    public func optionalText(_ column: Column) throws(DatabaseError) -> String? {
        try optional(column, ValueDecoding.text)
    }

    public func textArray(_ column: Column) throws(DatabaseError) -> [String] {
        try required(column) { (_, bytes) throws(DecodingProblem) -> [String] in
            try ValueDecoding.array(bytes, ValueDecoding.text)
        }
    }

    public func bytes(_ column: Column) throws(DatabaseError) -> [UInt8] {
        try required(column, ValueDecoding.bytes)
    }

    public func optionalBytes(_ column: Column) throws(DatabaseError) -> [UInt8]? {
        try optional(column, ValueDecoding.bytes)
    }

    public func bytesArray(_ column: Column) throws(DatabaseError) -> [[UInt8]] {
        try required(column) { (_, bytes) throws(DecodingProblem) -> [[UInt8]] in
            try ValueDecoding.array(bytes, ValueDecoding.bytes)
        }
    }

    /// A `timestamptz`, in microseconds since 1970-01-01T00:00:00Z.
    public func timestamp(_ column: Column) throws(DatabaseError) -> Int64 {
        try required(column, ValueDecoding.timestamp)
    }

    public func optionalTimestamp(_ column: Column) throws(DatabaseError) -> Int64? {
        try optional(column, ValueDecoding.timestamp)
    }

    public func timestampArray(_ column: Column) throws(DatabaseError) -> [Int64] {
        try required(column) { (_, bytes) throws(DecodingProblem) -> [Int64] in
            try ValueDecoding.array(bytes, ValueDecoding.timestamp)
        }
    }

    /// The sixteen bytes of a UUID.
    public func uuid(_ column: Column) throws(DatabaseError) -> [UInt8] {
        try required(column, ValueDecoding.uuid)
    }

    public func optionalUuid(_ column: Column) throws(DatabaseError) -> [UInt8]? {
        try optional(column, ValueDecoding.uuid)
    }

    public func uuidArray(_ column: Column) throws(DatabaseError) -> [[UInt8]] {
        try required(column) { (_, bytes) throws(DecodingProblem) -> [[UInt8]] in
            try ValueDecoding.array(bytes, ValueDecoding.uuid)
        }
    }
}

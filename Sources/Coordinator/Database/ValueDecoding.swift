/// Reads PostgreSQL's binary forms, and refuses whatever is not exactly one of them.
enum ValueDecoding {
    typealias Bytes = UnsafeRawBufferPointer

    static func integer<Value: FixedWidthInteger>(
        _ type: UInt32,
        _ bytes: Bytes
    ) throws(DecodingProblem) -> Value {
        let wide: Int64
        switch type {
        case TypeOID.int2: wide = Int64(try bigEndian(bytes, as: Int16.self))
        case TypeOID.int4: wide = Int64(try bigEndian(bytes, as: Int32.self))
        case TypeOID.int8: wide = try bigEndian(bytes, as: Int64.self)
        default: throw .unexpectedType(type)
        }
        guard let value = Value(exactly: wide) else { throw .unexpectedType(type) }
        return value
    }

    static func bool(_ type: UInt32, _ bytes: Bytes) throws(DecodingProblem) -> Bool {
        guard type == TypeOID.bool else { throw .unexpectedType(type) }
        guard bytes.count == 1 else { throw .malformed }
        return bytes[0] != 0
    }

    static func double(_ type: UInt32, _ bytes: Bytes) throws(DecodingProblem) -> Double {
        switch type {
        case TypeOID.float4: Double(Float(bitPattern: try bigEndian(bytes, as: UInt32.self)))
        case TypeOID.float8: Double(bitPattern: try bigEndian(bytes, as: UInt64.self))
        default: throw .unexpectedType(type)
        }
    }

    /// Text, JSON, and user-defined types, which are enums as far as this project goes.
    static func text(_ type: UInt32, _ bytes: Bytes) throws(DecodingProblem) -> String {
        var content = bytes
        switch type {
        case TypeOID.text, TypeOID.varchar, TypeOID.bpchar, TypeOID.name, TypeOID.unknown, TypeOID.json:
            break
        case TypeOID.jsonb:
            guard bytes.first == 1 else { throw .malformed }
            content = Bytes(rebasing: bytes.dropFirst())
        case TypeOID.firstUserDefined...:
            break
        default:
            throw .unexpectedType(type)
        }
        guard let text = String(validating: content, as: UTF8.self) else { throw .malformed }
        return text
    }

    static func bytes(_ type: UInt32, _ bytes: Bytes) throws(DecodingProblem) -> [UInt8] {
        guard type == TypeOID.bytea else { throw .unexpectedType(type) }
        return Array(bytes)
    }

    static func timestamp(_ type: UInt32, _ bytes: Bytes) throws(DecodingProblem) -> Int64 {
        guard type == TypeOID.timestamptz else { throw .unexpectedType(type) }
        let sinceEpoch = try bigEndian(bytes, as: Int64.self)
        let (value, overflow) = sinceEpoch.addingReportingOverflow(postgresEpoch_us)
        // The two extremes are PostgreSQL's infinities, which no time of ours is.
        guard !overflow, sinceEpoch != .min else { throw .malformed }
        return value
    }

    static func uuid(_ type: UInt32, _ bytes: Bytes) throws(DecodingProblem) -> [UInt8] {
        guard type == TypeOID.uuid else { throw .unexpectedType(type) }
        guard bytes.count == 16 else { throw .malformed }
        return Array(bytes)
    }

    /// One-dimensional arrays; NULL elements are refused as `.unexpectedNull`.
    static func array<Value>(
        _ bytes: Bytes,
        _ decode: (UInt32, Bytes) throws(DecodingProblem) -> Value
    ) throws(DecodingProblem) -> [Value] {
        var rest = bytes[...]
        let dimensions = try take(&rest, Int32.self)
        _ = try take(&rest, Int32.self)
        let elementType = try take(&rest, UInt32.self)
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { throw .malformed }
        let count = try take(&rest, Int32.self)
        _ = try take(&rest, Int32.self)
        // Each element takes four bytes at the least, which bounds what a wrong count could make us reserve.
        guard count >= 0, Int(count) <= rest.count / 4 else { throw .malformed }
        var values: [Value] = []
        values.reserveCapacity(Int(count))
        for _ in 0..<count {
            let length = try take(&rest, Int32.self)
            guard length != -1 else { throw .unexpectedNull }
            guard length >= 0, Int(length) <= rest.count else { throw .malformed }
            values.append(try decode(elementType, Bytes(rebasing: rest.prefix(Int(length)))))
            rest = rest.dropFirst(Int(length))
        }
        guard rest.isEmpty else { throw .malformed }
        return values
    }

    private static func take<Value: FixedWidthInteger>(
        _ rest: inout Slice<Bytes>,
        _ type: Value.Type
    ) throws(DecodingProblem) -> Value {
        let size = MemoryLayout<Value>.size
        let value = try bigEndian(Bytes(rebasing: rest.prefix(size)), as: type)
        rest = rest.dropFirst(size)
        return value
    }

    private static func bigEndian<Value: FixedWidthInteger>(
        _ bytes: Bytes,
        as type: Value.Type
    ) throws(DecodingProblem) -> Value {
        guard bytes.count == MemoryLayout<Value>.size else { throw .malformed }
        return Value(bigEndian: bytes.loadUnaligned(as: type))
    }
}

extension DecodingProblem: Error {}

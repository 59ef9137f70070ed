/// Parameters in the form that libpq takes: one buffer, and where in it each value lies.
struct EncodedParameters {
    private(set) var types: [UInt32] = []
    private var bytes: [UInt8] = []
    private var places: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// - Throws: `.parameter` with the place of the one that cannot be sent.
    init(_ parameters: [Parameter]) throws(DatabaseError) {
        guard parameters.count <= UInt16.max else { throw .parameter(position: parameters.count) }
        for (index, parameter) in parameters.enumerated() {
            guard append(parameter) else { throw .parameter(position: index + 1) }
        }
    }

    var count: Int32 { Int32(places.count) }

    /// The arrays of pointers, lengths and formats for one libpq call, good only during it.
    func withPointers<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { buffer in
            // An empty array has no address, and libpq takes a null address for NULL.
            let empty: [CChar] = [0]
            return empty.withUnsafeBufferPointer { nothing in
                let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) ?? nothing.baseAddress
                let pointers = places.map { place in place.flatMap { base?.advanced(by: $0) } }
                return pointers.withUnsafeBufferPointer { pointers in
                    lengths.withUnsafeBufferPointer { lengths in
                        formats.withUnsafeBufferPointer { formats in
                            body(pointers.baseAddress, lengths.baseAddress, formats.baseAddress)
                        }
                    }
                }
            }
        }
    }

    private mutating func append(_ parameter: Parameter) -> Bool {
        switch parameter {
        case .bool(let value): appendScalar(value, TypeOID.bool, ValueEncoding.bool)
        case .int16(let value): appendScalar(value, TypeOID.int2, ValueEncoding.integer)
        case .int32(let value): appendScalar(value, TypeOID.int4, ValueEncoding.integer)
        case .int64(let value): appendScalar(value, TypeOID.int8, ValueEncoding.integer)
        case .double(let value): appendScalar(value, TypeOID.float8, ValueEncoding.double)
        case .text(let value): appendText(value)
        case .bytes(let value): appendScalar(value, TypeOID.bytea, ValueEncoding.bytes)
        case .timestamp(let value): appendScalar(value, TypeOID.timestamptz, ValueEncoding.timestamp)
        case .uuid(let value): appendScalar(value, TypeOID.uuid, ValueEncoding.uuid)
        case .boolArray(let values): appendArray(values, TypeOID.boolArray, TypeOID.bool, ValueEncoding.bool)
        case .int16Array(let values): appendArray(values, TypeOID.int2Array, TypeOID.int2, ValueEncoding.integer)
        case .int32Array(let values): appendArray(values, TypeOID.int4Array, TypeOID.int4, ValueEncoding.integer)
        case .int64Array(let values): appendArray(values, TypeOID.int8Array, TypeOID.int8, ValueEncoding.integer)
        case .doubleArray(let values):
            appendArray(values, TypeOID.float8Array, TypeOID.float8, ValueEncoding.double)
        case .textArray(let values): appendArray(values, TypeOID.textArray, TypeOID.text, ValueEncoding.text)
        case .bytesArray(let values): appendArray(values, TypeOID.byteaArray, TypeOID.bytea, ValueEncoding.bytes)
        case .timestampArray(let values):
            appendArray(values, TypeOID.timestamptzArray, TypeOID.timestamptz, ValueEncoding.timestamp)
        case .uuidArray(let values): appendArray(values, TypeOID.uuidArray, TypeOID.uuid, ValueEncoding.uuid)
        }
    }

    /// A text travels in text format, which ends at the first NUL: one inside would cut the value short in silence.
    private mutating func appendText(_ value: String?) -> Bool {
        appendScalar(value, TypeOID.inferred, binary: false) { text, bytes in
            guard !text.utf8.contains(0) else { return false }
            bytes.append(contentsOf: text.utf8)
            bytes.append(0)
            return true
        }
    }

    private mutating func appendScalar<Value>(
        _ value: Value?,
        _ type: UInt32,
        binary: Bool = true,
        _ encode: (Value, inout [UInt8]) -> Bool
    ) -> Bool {
        types.append(type)
        formats.append(binary ? 1 : 0)
        let start = bytes.count
        guard let value else {
            places.append(nil)
            lengths.append(0)
            return true
        }
        guard encode(value, &bytes), let length = Int32(exactly: bytes.count - start) else { return false }
        places.append(start)
        lengths.append(length)
        return true
    }

    /// PostgreSQL's binary array: dimensions, whether it has NULLs, element type, then per dimension its size and
    /// lower bound, then each element's length (-1 for NULL) and bytes.
    private mutating func appendArray<Value>(
        _ values: [Value?],
        _ type: UInt32,
        _ elementType: UInt32,
        _ encode: (Value, inout [UInt8]) -> Bool
    ) -> Bool {
        appendScalar(values, type) { values, bytes in
            guard let count = Int32(exactly: values.count) else { return false }
            let hasNull = values.contains { $0 == nil }
            ValueEncoding.appendBigEndian(Int32(values.isEmpty ? 0 : 1), to: &bytes)
            ValueEncoding.appendBigEndian(Int32(hasNull ? 1 : 0), to: &bytes)
            ValueEncoding.appendBigEndian(elementType, to: &bytes)
            if !values.isEmpty {
                ValueEncoding.appendBigEndian(count, to: &bytes)
                ValueEncoding.appendBigEndian(Int32(1), to: &bytes)
            }
            return values.allSatisfy { Self.appendElement($0, to: &bytes, encode) }
        }
    }

    private static func appendElement<Value>(
        _ value: Value?,
        to bytes: inout [UInt8],
        _ encode: (Value, inout [UInt8]) -> Bool
    ) -> Bool {
        let lengthPlace = bytes.count
        ValueEncoding.appendBigEndian(Int32(-1), to: &bytes)
        guard let value else { return true }
        guard encode(value, &bytes), let length = Int32(exactly: bytes.count - lengthPlace - 4) else { return false }
        withUnsafeBytes(of: length.bigEndian) { bytes.replaceSubrange(lengthPlace..<lengthPlace + 4, with: $0) }
        return true
    }
}

/// Walks over the attributes (`struct nlattr`: length, type, value, padding) that follow one another in some bytes.
/// It holds an offset only, so nothing is copied; a nested attribute is walked by a cursor over its own bytes.
public struct AttributeCursor: Sendable {
    public static let headerByteCount = 4

    private var offset: Int

    /// - Parameter offset: where the first attribute begins, after the family's fixed header.
    public init(from offset: Int = 0) {
        self.offset = offset
    }

    /// An attribute's type without its flag bits, and where its value lies.
    public struct Found: Hashable, Sendable {
        public let type: UInt16
        public let value: Range<Int>
    }

    /// The next attribute, or nil at the end.
    public mutating func next(in bytes: RawSpan) throws(MalformedMessage) -> Found? {
        guard offset < bytes.byteCount else { return nil }
        let length = try bytes.uint16(at: offset)
        let type = try bytes.uint16(at: offset + 2)
        let available = bytes.byteCount - offset
        guard Int(length) >= Self.headerByteCount, Int(length) <= available else {
            throw .attributeLength(length, available: available)
        }
        let value = offset + Self.headerByteCount..<offset + Int(length)
        offset += Alignment.padded(Int(length))
        return Found(type: type & 0x3fff, value: value)
    }
}

extension AttributeCursor.Found {
    public func uint8(in bytes: RawSpan) throws(MalformedMessage) -> UInt8 {
        try require(1)
        return try bytes.uint8(at: value.lowerBound)
    }

    public func uint16(in bytes: RawSpan) throws(MalformedMessage) -> UInt16 {
        try require(2)
        return try bytes.uint16(at: value.lowerBound)
    }

    public func uint32(in bytes: RawSpan) throws(MalformedMessage) -> UInt32 {
        try require(4)
        return try bytes.uint32(at: value.lowerBound)
    }

    /// Text up to its terminating zero byte.
    public func string(in bytes: RawSpan) throws(MalformedMessage) -> String {
        let text = try bytes.bytes(value)
        guard let end = text.firstIndex(of: 0), let string = String(validating: text[..<end], as: UTF8.self) else {
            throw .text(type: type)
        }
        return string
    }

    /// Makes sure that the value has exactly this size.
    public func require(_ byteCount: Int) throws(MalformedMessage) {
        guard value.count == byteCount else {
            throw .attributeSize(type: type, expected: byteCount, actual: value.count)
        }
    }
}

/// Reading at an offset with the bounds checked, so that no input can trap.
extension RawSpan {
    public func uint8(at offset: Int) throws(MalformedMessage) -> UInt8 {
        try require(1, at: offset)
        return unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// Host order, as netlink's own fields are.
    public func uint16(at offset: Int) throws(MalformedMessage) -> UInt16 {
        try require(2, at: offset)
        return unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
    }

    public func uint32(at offset: Int) throws(MalformedMessage) -> UInt32 {
        try require(4, at: offset)
        return unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }

    public func uint64(at offset: Int) throws(MalformedMessage) -> UInt64 {
        try require(8, at: offset)
        return unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// Network order, as netfilter's attributes are.
    public func bigEndian32(at offset: Int) throws(MalformedMessage) -> UInt32 {
        UInt32(bigEndian: try uint32(at: offset))
    }

    public func bytes(_ range: Range<Int>) throws(MalformedMessage) -> [UInt8] {
        try require(range.count, at: range.lowerBound)
        return extracting(range).withUnsafeBytes { Array($0) }
    }

    private func require(_ count: Int, at offset: Int) throws(MalformedMessage) {
        guard offset >= 0, offset <= byteCount, byteCount - offset >= count else {
            throw .truncated(offset: offset, needed: count, available: Swift.max(0, byteCount - offset))
        }
    }
}

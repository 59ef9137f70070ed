/// Walks over the messages in the bytes of one receive. It holds an offset only, so nothing is copied.
public struct MessageCursor: Sendable {
    private var offset = 0

    public init() {}

    /// A message's header, and where its payload lies.
    public struct Found: Hashable, Sendable {
        public let header: MessageHeader
        public let payload: Range<Int>
    }

    /// The next message, or nil at the end.
    public mutating func next(in bytes: RawSpan) throws(MalformedMessage) -> Found? {
        guard offset < bytes.byteCount else { return nil }
        let header = try MessageHeader(in: bytes, at: offset)
        let available = bytes.byteCount - offset
        guard header.length >= UInt32(MessageHeader.byteCount), Int(header.length) <= available else {
            throw .messageLength(header.length, available: available)
        }
        let payload = offset + MessageHeader.byteCount..<offset + Int(header.length)
        offset += Alignment.padded(Int(header.length))
        return Found(header: header, payload: payload)
    }
}

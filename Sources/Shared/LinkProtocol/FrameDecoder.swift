/// Cuts a byte stream into frames: a 4-byte big-endian length, then that many bytes, at least 1 and 1 MiB at most.
public struct FrameDecoder: Hashable, Sendable {
    public static let headerByteCount = 4
    /// 1 MiB.
    public static let payloadByteCountMax = 1 << 20
    /// 16 KiB: of one who has not proved anything yet.
    public static let strangerPayloadByteCountMax = 16 << 10

    public enum Malformed: Error, Hashable, Sendable {
        case empty
        /// The announced length, in bytes.
        case tooLarge(Int)
    }

    /// In bytes; what is announced larger is refused before it is read.
    public var payloadLimit: Int
    private var buffer: [UInt8] = []
    private var consumed = 0

    public init(payloadLimit: Int = Self.payloadByteCountMax) {
        self.payloadLimit = payloadLimit
    }

    /// Whether part of a frame waits for its rest: an end of the stream now is a truncation.
    public var isMidFrame: Bool { consumed < buffer.count }

    public mutating func append(_ bytes: some Collection<UInt8>) {
        if consumed == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.count <= 1 << 16)
            consumed = 0
        } else if consumed > 1 << 16 {
            buffer.removeFirst(consumed)
            consumed = 0
        }
        buffer += bytes
    }

    /// The next whole payload, or nil when more bytes are needed. After an error the stream is of no more use.
    public mutating func next() throws(Malformed) -> [UInt8]? {
        guard buffer.count - consumed >= Self.headerByteCount else { return nil }
        let length = buffer[consumed..<consumed + Self.headerByteCount].reduce(0) { $0 << 8 | Int($1) }
        guard length > 0 else { throw .empty }
        guard length <= payloadLimit else { throw .tooLarge(length) }
        let start = consumed + Self.headerByteCount
        guard buffer.count - start >= length else { return nil }
        consumed = start + length
        return Array(buffer[start..<consumed])
    }
}

/// What a payload is made of, counted before it is parsed. Parsing costs memory for each element, however short (a peer of
/// two bytes becomes more than fifty), and a body that stands twice is merged, with a copy of all that was read before: a
/// frame of 1 MiB could so cost minutes. Encoding: https://protobuf.dev/programming-guides/encoding/
enum FrameShape {
    /// Fields of the frame itself: one body, and room for what a later version may add beside it.
    static let frameFieldsMax = 8
    /// Fields of the body. The fullest that is sent is `CoordinatorSession.peersPerMessageMax` peers and some numbers.
    static let bodyFieldsMax = 4096

    /// - Throws: `notProtobuf`, `repeatedBody`, `tooManyFields`.
    static func check(_ payload: [UInt8]) throws(LinkCodec.Malformed) {
        var frame = WireCursor(payload.indices)
        var seen: Set<UInt64> = []
        while let field = try frame.next(in: payload) {
            guard seen.insert(field.number).inserted else { throw .repeatedBody }
            guard seen.count <= frameFieldsMax else { throw .tooManyFields }
            guard let content = field.content else { continue }
            // Every field of a frame is a message, or one that this version does not know and leaves alone.
            guard count(in: content, of: payload) <= bodyFieldsMax else { throw .tooManyFields }
        }
    }

    /// How many fields a message has, counted no further than one beyond the most. What does not read as a message has as
    /// many as were read: the parser judges it.
    private static func count(in content: Range<Int>, of payload: [UInt8]) -> Int {
        var body = WireCursor(content)
        var count = 0
        while count <= bodyFieldsMax, (try? body.next(in: payload)) != nil { count += 1 }
        return count
    }
}

/// Walks the fields of one protobuf message.
private struct WireCursor {
    struct Field {
        let number: UInt64
        /// The bytes of a length-delimited field.
        let content: Range<Int>?
    }

    private var offset: Int
    private let end: Int

    init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    mutating func next(in payload: [UInt8]) throws(LinkCodec.Malformed) -> Field? {
        guard offset < end else { return nil }
        let tag = try varint(in: payload)
        guard tag >> 3 != 0 else { throw .notProtobuf }
        switch tag & 7 {
        case 0: _ = try varint(in: payload)
        case 1: try skip(8)
        case 2:
            guard let length = Int(exactly: try varint(in: payload)) else { throw .notProtobuf }
            let start = offset
            try skip(length)
            return Field(number: tag >> 3, content: start..<offset)
        case 5: try skip(4)
        // Groups (3 and 4) ended with proto2; no version of the link has them.
        default: throw .notProtobuf
        }
        return Field(number: tag >> 3, content: nil)
    }

    private mutating func skip(_ byteCount: Int) throws(LinkCodec.Malformed) {
        guard byteCount >= 0, byteCount <= end - offset else { throw .notProtobuf }
        offset += byteCount
    }

    private mutating func varint(in payload: [UInt8]) throws(LinkCodec.Malformed) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard offset < end else { throw .notProtobuf }
            let byte = payload[offset]
            offset += 1
            number |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return number }
        }
        throw .notProtobuf
    }
}

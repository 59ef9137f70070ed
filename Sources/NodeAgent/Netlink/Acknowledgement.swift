/// The kernel's answer to a request (`NLMSG_ERROR`, and the last message of a dump).
public struct Acknowledgement: Hashable, Sendable {
    /// Zero: it was done.
    public let errno: Int32
    /// The extended acknowledgement's text (`NLMSGERR_ATTR_MSG`), where the kernel gave one.
    public let text: String?

    private static let textAttribute: UInt16 = 1

    /// Decodes `NLMSG_ERROR`: a negative code, the header of the request, the rest of the request unless capped, then
    /// attributes.
    public init(error payload: RawSpan, flags: MessageFlags) throws(MalformedMessage) {
        errno = try Self.code(in: payload)
        let request = try MessageHeader(in: payload, at: 4)
        guard flags.contains(.acknowledgementAttributes) else {
            text = nil
            return
        }
        var end = 4 + MessageHeader.byteCount
        if !flags.contains(.capped) {
            guard request.length >= UInt32(MessageHeader.byteCount), Int(request.length) <= payload.byteCount - 4 else {
                throw .messageLength(request.length, available: payload.byteCount - 4)
            }
            end = 4 + Alignment.padded(Int(request.length))
        }
        text = try Self.text(in: payload, from: end)
    }

    /// Decodes `NLMSG_DONE`: a code, which older families leave out, then attributes.
    public init(done payload: RawSpan, flags: MessageFlags) throws(MalformedMessage) {
        errno = payload.byteCount == 0 ? 0 : try Self.code(in: payload)
        text = flags.contains(.acknowledgementAttributes) ? try Self.text(in: payload, from: 4) : nil
    }

    private static func code(in payload: RawSpan) throws(MalformedMessage) -> Int32 {
        let code = Int32(bitPattern: try payload.uint32(at: 0))
        // Not all negative numbers have a positive one; the kernel's codes lie in -4095...0.
        guard (-4095...0).contains(code) else { throw .value(type: MessageType.error) }
        return -code
    }

    private static func text(in payload: RawSpan, from offset: Int) throws(MalformedMessage) -> String? {
        var cursor = AttributeCursor(from: offset)
        while let attribute = try cursor.next(in: payload) {
            if attribute.type == textAttribute { return try attribute.string(in: payload) }
        }
        return nil
    }
}

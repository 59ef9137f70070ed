/// What stands before every message (`struct nlmsghdr` of linux/netlink.h); all fields in host order.
public struct MessageHeader: Hashable, Sendable {
    public static let byteCount = 16

    /// Bytes of the message with this header, without the padding after it.
    public let length: UInt32
    public let type: UInt16
    public let flags: MessageFlags
    public let sequence: UInt32
    /// The socket that the message answers, as the kernel numbers it.
    public let portID: UInt32

    public init(length: UInt32, type: UInt16, flags: MessageFlags, sequence: UInt32, portID: UInt32) {
        self.length = length
        self.type = type
        self.flags = flags
        self.sequence = sequence
        self.portID = portID
    }

    init(in bytes: RawSpan, at offset: Int) throws(MalformedMessage) {
        length = try bytes.uint32(at: offset)
        type = try bytes.uint16(at: offset + 4)
        flags = MessageFlags(rawValue: try bytes.uint16(at: offset + 6))
        sequence = try bytes.uint32(at: offset + 8)
        portID = try bytes.uint32(at: offset + 12)
    }
}

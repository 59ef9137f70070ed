/// Builds one message. The length, sequence and port of its header are filled in when it is sent.
public struct MessageEncoder: Sendable {
    public private(set) var bytes: [UInt8]

    /// - Parameters:
    ///   - header: the family's fixed header, which follows netlink's own.
    ///   - capacity: bytes set aside, so that secrets in the message are not left behind in outgrown storage.
    public init(type: UInt16, flags: MessageFlags, header: [UInt8] = [], capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(max(capacity, MessageHeader.byteCount + header.count))
        append(UInt32(0))
        append(type)
        append(flags.rawValue)
        append(UInt64(0))
        bytes += header
        pad()
    }

    public mutating func attribute(_ type: UInt16, _ value: [UInt8]) throws(MessageTooLong) {
        let length = AttributeCursor.headerByteCount + value.count
        guard let field = UInt16(exactly: length) else { throw MessageTooLong(byteCount: length) }
        append(field)
        append(type)
        bytes += value
        pad()
    }

    /// A number in host order.
    public mutating func attribute(_ type: UInt16, number: some FixedWidthInteger) {
        append(UInt16(AttributeCursor.headerByteCount + number.bitWidth / 8))
        append(type)
        append(number)
        pad()
    }

    /// Text, with the terminating zero byte that the kernel expects.
    public mutating func attribute(_ type: UInt16, text: String) throws(MessageTooLong) {
        try attribute(type, Array(text.utf8) + [0])
    }

    /// An attribute that holds attributes: those that `fill` appends.
    public mutating func nested(
        _ type: UInt16,
        _ fill: (inout MessageEncoder) throws(MessageTooLong) -> Void
    ) throws(MessageTooLong) {
        let start = bytes.count
        append(UInt16(0))
        append(type | 0x8000)
        try fill(&self)
        let length = bytes.count - start
        guard let field = UInt16(exactly: length) else { throw MessageTooLong(byteCount: length) }
        overwrite(field, at: start)
    }

    /// The bytes to send.
    mutating func seal(adding flags: MessageFlags, sequence: UInt32, portID: UInt32) {
        overwrite(UInt32(bytes.count), at: 0)
        overwrite(UInt16(bytes[6]) | UInt16(bytes[7]) << 8 | flags.rawValue, at: 6)
        overwrite(sequence, at: 8)
        overwrite(portID, at: 12)
    }

    /// Overwrites the message with zeros, where it held a secret.
    public mutating func wipe() {
        bytes.wipe()
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
    }

    private mutating func overwrite(_ number: some FixedWidthInteger, at offset: Int) {
        withUnsafeBytes(of: number) { bytes.replaceSubrange(offset..<offset + $0.count, with: $0) }
    }

    private mutating func pad() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }
}

import Model
import Netlink

enum AddressBytes {
    /// The address that stands in 4 or 16 bytes in network order.
    static func address(_ bytes: RawSpan, type: UInt16) throws(MalformedMessage) -> IPAddress {
        switch bytes.byteCount {
        case 4: .v4(IPv4Address(UInt32(bigEndian: try bytes.uint32(at: 0))))
        case 16:
            .v6(
                IPv6Address(
                    high: UInt64(bigEndian: try bytes.uint64(at: 0)),
                    low: UInt64(bigEndian: try bytes.uint64(at: 8))
                )
            )
        default: throw .attributeSize(type: type, expected: 16, actual: bytes.byteCount)
        }
    }
}

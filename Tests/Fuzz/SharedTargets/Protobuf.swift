/// The little of protobuf's encoding (protobuf.dev/programming-guides/encoding) that samples are made of, so that they do
/// not depend on the code that is tested.
enum Protobuf {
    static func bytes(_ field: UInt8, _ value: [UInt8]) -> [UInt8] {
        [field << 3 | 2] + varint(UInt64(value.count)) + value
    }
    static func text(_ field: UInt8, _ value: String) -> [UInt8] { bytes(field, Array(value.utf8)) }
    static func number(_ field: UInt16, _ value: UInt64) -> [UInt8] { varint(UInt64(field) << 3) + varint(value) }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest > 127 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

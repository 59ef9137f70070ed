/// The encodings of Curve25519's points of small order, after the list at <https://cr.yp.to/ecdh.html> ("Validation").
///
/// X25519 ignores the top bit, so each is compared without it.
enum LowOrderPoints {
    static func contains(_ point: [UInt8]) -> Bool {
        var masked = point
        masked[31] &= 0x7f
        return encodings.contains(masked)
    }

    /// 0, 1, the two points of order 8, p - 1, p and p + 1, little-endian.
    private static let encodings: Set<[UInt8]> = [
        [UInt8](repeating: 0, count: 32),
        [1] + [UInt8](repeating: 0, count: 31),
        orderEight("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        orderEight("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
        [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
        [0xed] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
        [0xee] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
    ]

    private static func orderEight(_ hexadecimal: String) -> [UInt8] {
        Hexadecimal.decode(hexadecimal)!
    }
}

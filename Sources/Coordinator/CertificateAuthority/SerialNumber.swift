/// A certificate's serial number as this authority gives it: 16 random bytes with the top bit clear and the next set,
/// so that its DER is 16 bytes too and always positive (RFC 5280 section 4.1.2.2).
struct SerialNumber: Hashable, Sendable {
    let bytes: [UInt8]

    static func random() -> SerialNumber {
        var generator = SystemRandomNumberGenerator()
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        bytes[0] = bytes[0] & 0x7f | 0x40
        return SerialNumber(bytes: bytes)
    }
}

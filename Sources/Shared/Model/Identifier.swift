/// A 128-bit identifier, written as a UUID (RFC 9562) in lower case; `Kind` keeps ids of different things apart.
public struct Identifier<Kind>: Hashable, Sendable, Comparable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A random identifier: UUID version 4.
    public static func random(using generator: inout some RandomNumberGenerator) -> Self {
        Self(
            high: (generator.next() & ~0xf000) | 0x4000,
            low: (generator.next() & ~(0b11 << 62)) | (0b10 << 62)
        )
    }

    public static func random() -> Self {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    /// - Parameter bytes: 16 bytes, big-endian; nil for any other count.
    @inlinable
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var words: (high: UInt64, low: UInt64) = (0, 0)
        // The two words as one number of 128 bits, shifted left by a byte each time.
        for byte in bytes { words = (words.high << 8 | words.low >> 56, words.low << 8 | UInt64(byte)) }
        self.init(high: words.high, low: words.low)
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for word in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return bytes
    }

    /// - Parameter text: 36 characters, 8-4-4-4-12 hexadecimal digits; nil for any other form.
    public init?(_ text: some StringProtocol) {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], let bytes = Hexadecimal.decode(groups.joined()) else {
            return nil
        }
        self.init(bytes: bytes)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension Identifier: CustomStringConvertible {
    public var description: String {
        let digits = Array(Hexadecimal.encode(bytes).utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

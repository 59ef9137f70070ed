/// An IPv4 address.
public struct IPv4Address: Hashable, Sendable, Comparable {
    /// Host order: 10.0.0.1 is 0x0a000001.
    public let number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    /// - Parameter text: four decimal numbers from 0 to 255 without leading zeros, as in `10.0.0.1`; else nil.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            // Leading zeros are refused: some parsers read them as octal.
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
                part.utf8.count == 1 || part.utf8.first != 48, let octet = UInt8(part)
            else { return nil }
            number = number << 8 | UInt32(octet)
        }
        self.number = number
    }

    /// - Parameter bytes: 4 bytes in network order; nil for any other count.
    @inlinable
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 else { return nil }
        number = bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// 4 bytes in network order.
    public var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) } }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

extension IPv4Address: CustomStringConvertible {
    public var description: String { bytes.map { String($0) }.joined(separator: ".") }
}

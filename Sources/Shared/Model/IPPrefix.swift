/// An address with a prefix length, such as `10.64.0.0/10`; bits beyond the length are kept as given.
public struct IPPrefix: Hashable, Sendable, Comparable {
    public let address: IPAddress
    private let bits: UInt8

    /// 0 to 32, or 0 to 128.
    public var length: Int { Int(bits) }

    /// Nil when the length does not fit the address's family.
    public init?(_ address: IPAddress, length: Int) {
        guard (0...address.bitCount).contains(length) else { return nil }
        self.address = address
        bits = UInt8(length)
    }

    /// The prefix that holds one address only: /32 or /128.
    public init(host address: IPAddress) {
        self.address = address
        bits = UInt8(address.bitCount)
    }

    /// - Parameter text: `ADDRESS/LENGTH`; else nil.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), (1...3).contains(parts[1].utf8.count),
            parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(parts[1])
        else { return nil }
        self.init(address, length: length)
    }

    /// The same prefix with every bit beyond its length cleared: how the kernel keeps an allowed-ip.
    public var masked: IPPrefix {
        IPPrefix(address.masked(to: length), length: length)!
    }

    public func contains(_ other: IPAddress) -> Bool {
        guard other.bitCount == address.bitCount else { return false }
        return IPPrefix(other, length: length)!.masked == masked
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.address, left.length) < (right.address, right.length)
    }
}

extension IPPrefix: CustomStringConvertible {
    public var description: String { "\(address)/\(length)" }
}

/// An IPv4 or IPv6 address.
public enum IPAddress: Hashable, Sendable, Comparable {
    case v4(IPv4Address)
    case v6(IPv6Address)

    /// Nil when `text` is neither.
    public init?(_ text: some StringProtocol) {
        if let address = IPv4Address(text) {
            self = .v4(address)
        } else if let address = IPv6Address(text) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    /// - Parameter bytes: 4 or 16 bytes in network order; nil for any other count.
    @inlinable
    public init?(bytes: some Collection<UInt8>) {
        if let address = IPv4Address(bytes: bytes) {
            self = .v4(address)
        } else if let address = IPv6Address(bytes: bytes) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    public var bytes: [UInt8] {
        switch self {
        case .v4(let address): address.bytes
        case .v6(let address): address.bytes
        }
    }

    /// - Parameter length: how many leading bits stay; the others become zero.
    func masked(to length: Int) -> IPAddress {
        switch self {
        // Shifting by the whole width gives zero.
        case .v4(let address): .v4(IPv4Address(address.number & (UInt32.max << UInt32(32 - length))))
        case .v6(let address):
            .v6(
                IPv6Address(
                    high: address.high & (UInt64.max << UInt64(max(0, 64 - length))),
                    low: address.low & (UInt64.max << UInt64(min(64, 128 - length)))
                )
            )
        }
    }

    /// 32 or 128.
    public var bitCount: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}

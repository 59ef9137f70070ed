import Model

/// The fleet's tunnel addresses: an index stands for one IPv4 and one IPv6 address, the same number into each prefix.
///
/// Index 0 is the network's own address and 1 the nodes'; peers have 2 and up. The last IPv4 address (broadcast) is
/// never given out.
public struct AddressPool: Hashable, Sendable {
    public let ipv4: IPPrefix
    public let ipv6: IPPrefix

    public enum Invalid: Error, Hashable, Sendable {
        case notIPv4
        case notIPv6
        /// Fewer than four addresses, which is none for peers to speak of.
        case tooSmall
    }

    public init(ipv4: IPPrefix, ipv6: IPPrefix) throws(Invalid) {
        guard case .v4 = ipv4.address else { throw .notIPv4 }
        guard case .v6 = ipv6.address else { throw .notIPv6 }
        guard ipv4.length <= 30, ipv6.length <= 126 else { throw .tooSmall }
        self.ipv4 = ipv4.masked
        self.ipv6 = ipv6.masked
    }

    /// The greatest index that a peer may have.
    public var lastIndex: Int64 {
        let ipv4Count = Int64(1) << Int64(32 - ipv4.length)
        let ipv6Bits = Int64(128 - ipv6.length)
        return min(ipv4Count, ipv6Bits >= 32 ? ipv4Count : Int64(1) << ipv6Bits) - 2
    }

    /// How many peers have addresses at most.
    public var capacity: Int64 { lastIndex - 1 }

    /// The IPv4 /32 and the IPv6 /128 of an index; empty for one that is no peer's.
    public func addresses(at index: Int64) -> [IPPrefix] {
        guard (2...lastIndex).contains(index) else { return [] }
        return [ipv4Address(at: index), ipv6Address(at: index)].map(IPPrefix.init(host:))
    }

    /// The nodes' own addresses with the prefixes of the whole pool.
    public var interfaceAddresses: [IPPrefix] {
        [
            IPPrefix(ipv4Address(at: 1), length: ipv4.length),
            IPPrefix(ipv6Address(at: 1), length: ipv6.length),
        ].compactMap { $0 }
    }

    public func network(mtu: UInt16) -> TunnelNetwork {
        TunnelNetwork(interfaceAddresses: interfaceAddresses, mtu: mtu)
    }

    private func ipv4Address(at index: Int64) -> IPAddress {
        let base = ipv4.address.bytes.reduce(0) { $0 << 8 | UInt32($1) }
        return .v4(IPv4Address(base + UInt32(index)))
    }

    private func ipv6Address(at index: Int64) -> IPAddress {
        // An index has at most 32 bits, and the prefix's own are clear: nothing carries.
        var bytes = ipv6.address.bytes
        for place in 0..<4 { bytes[15 - place] |= UInt8(truncatingIfNeeded: index >> Int64(8 * place)) }
        guard let address = IPAddress(bytes: bytes) else { preconditionFailure("16 bytes are an address") }
        return address
    }
}

extension IPAddress {
    /// Whether the address is one of the internet's: outside every block that IANA keeps for another use (the IPv4 and
    /// IPv6 Special-Purpose Address Registries, RFC 6890).
    public var isGlobal: Bool {
        switch self {
        case .v4: !Self.specialIPv4.contains { $0.contains(self) }
        // Global unicast is 2000::/3; all else is local, multicast or unassigned.
        case .v6: Self.globalUnicast.contains(self) && !Self.specialIPv6.contains { $0.contains(self) }
        }
    }

    /// What one customer of a provider has: the address, or the 64 bits of an IPv6 network.
    public var host: IPPrefix { prefix(ipv4: 32, ipv6: 64) }

    /// The network that is told apart from others: 24 bits of IPv4, 48 of IPv6.
    public var network: IPPrefix { prefix(ipv4: 24, ipv6: 48) }

    private func prefix(ipv4: Int, ipv6: Int) -> IPPrefix {
        let length =
            switch self {
            case .v4: ipv4
            case .v6: ipv6
            }
        return (IPPrefix(self, length: length) ?? IPPrefix(host: self)).masked
    }

    private static let specialIPv4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
        "240.0.0.0/4",
    ].compactMap { IPPrefix($0) }

    private static let globalUnicast = IPPrefix("2000::/3")!

    private static let specialIPv6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"].compactMap {
        IPPrefix($0)
    }
}

extension IPAddress {
    /// An IPv4 address where this is one in IPv6's clothes, `::ffff:0:0/96` (RFC 4291 section 2.5.5.2): so a socket that
    /// listens for both shows whoever comes by IPv4, and a proxy may write it.
    public var unmapped: IPAddress {
        guard case .v6(let address) = self, address.high == 0, address.low >> 32 == 0xffff else { return self }
        return .v4(IPv4Address(UInt32(truncatingIfNeeded: address.low)))
    }
}

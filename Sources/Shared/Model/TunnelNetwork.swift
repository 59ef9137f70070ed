/// What a node's WireGuard interface is told about the tunnel network: the same on every node of the fleet.
public struct TunnelNetwork: Hashable, Sendable {
    /// The interface's own addresses with the prefix of the whole pool, such as `10.64.0.1/10`: the prefix makes the
    /// kernel route every peer's address to the interface.
    public let interfaceAddresses: [IPPrefix]
    /// Bytes; 1420 leaves room for WireGuard over IPv6 on a 1500-byte path.
    public let mtu: UInt16

    public init(interfaceAddresses: [IPPrefix], mtu: UInt16) {
        self.interfaceAddresses = interfaceAddresses
        self.mtu = mtu
    }
}

import Model
import Reconciliation
import WireGuardDevice

enum Samples {
    static func key(_ number: Int) -> PublicKey {
        var bytes = [UInt8](repeating: 0x5a, count: 32)
        for shift in 0..<4 { bytes[shift] = UInt8(truncatingIfNeeded: number >> (8 * shift)) }
        return PublicKey(uncheckedBytes: bytes)!
    }

    static func v4(_ number: Int) -> IPPrefix {
        IPPrefix(host: .v4(IPv4Address(0x0a40_0002 + UInt32(number))))
    }

    /// A peer with one IPv4 and one IPv6 address, as customers have.
    static func peer(_ number: Int) -> PeerEntry {
        let v6 = IPPrefix(host: .v6(IPv6Address(high: 0xfd00_0000_0000_0000, low: UInt64(number + 2))))
        return PeerEntry(publicKey: key(number), allowedIPs: [v4(number), v6])
    }

    static let privateKey = [UInt8](repeating: 0x77, count: 32)

    static func configuration(_ name: String, port: UInt16) -> DeviceConfiguration {
        DeviceConfiguration(
            name: InterfaceName(name)!,
            privateKey: Secret(privateKey),
            listenPort: port,
            network: TunnelNetwork(
                interfaceAddresses: [IPPrefix("10.64.0.1/10")!, IPPrefix("fd00::1/64")!],
                mtu: 1380
            )
        )!
    }
}

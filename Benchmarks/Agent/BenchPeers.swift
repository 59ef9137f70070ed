import Cryptography
import Model

/// The peers of the benchmark: a key, an IPv4 and an IPv6 address each.
enum BenchPeers {
    static let network = TunnelNetwork(
        interfaceAddresses: [IPPrefix("10.64.0.1/10")!, IPPrefix("fd00:64::1/64")!],
        mtu: 1420
    )
    static let nodeAddress = "10.64.0.1"

    static func entries(_ count: Int) -> [PeerEntry] { (0..<count).map(entry) }

    static func extra(_ number: Int) -> PeerEntry { entry(2_000_000 + number) }

    static func entry(_ number: Int) -> PeerEntry {
        let seed = withUnsafeBytes(of: UInt64(number).bigEndian) { Array($0) }
        // Any 32 bytes are a key.
        return entry(number, key: PublicKey(uncheckedBytes: SHA256.hash(seed))!)
    }

    /// - Parameter key: of a peer with the addresses of `number`.
    static func entry(_ number: Int, key: PublicKey) -> PeerEntry {
        let v4 = IPAddress.v4(IPv4Address(0x0a40_0002 + UInt32(number)))
        let v6 = IPAddress.v6(IPv6Address(high: 0xfd00_0064_0000_0000, low: 2 + UInt64(number)))
        return PeerEntry(publicKey: key, allowedIPs: [IPPrefix(host: v4), IPPrefix(host: v6)])
    }
}

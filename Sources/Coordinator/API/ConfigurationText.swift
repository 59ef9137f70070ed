import Placement
import Model
import Store

/// A peer's configuration as `wg-quick` reads it (man 8 wg-quick). The private key is not in it: it never left the device.
enum ConfigurationText {
    /// Where the device puts its private key. It is no key, so that `wg` and the apps refuse the file, with these words
    /// in the error, until it is replaced: an interface without a key would come up and carry nothing.
    static let privateKeyPlaceholder = "PUT-THE-PRIVATE-KEY-OF-THIS-DEVICE-HERE"

    /// Nil while the peer has no node.
    static func make(_ peer: PeerRecord, tunnel: TunnelSettings) -> String? {
        guard let placement = peer.placement else { return nil }
        var lines = ["[Interface]", "PrivateKey = \(privateKeyPlaceholder)"]
        let addresses = tunnel.pool.addresses(at: peer.addressIndex)
        lines.append("Address = " + addresses.map(\.description).joined(separator: ", "))
        if !tunnel.dns.isEmpty { lines.append("DNS = " + tunnel.dns.map(\.description).joined(separator: ", ")) }
        lines += [
            "MTU = \(tunnel.mtu)", "", "[Peer]",
            "PublicKey = \(placement.serverPublicKey)",
            "Endpoint = \(placement.endpoint)",
            "AllowedIPs = 0.0.0.0/0, ::/0",
            // A client behind NAT stays reachable: 25 s is what wg(8) advises.
            "PersistentKeepalive = 25",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}

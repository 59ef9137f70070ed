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
        let resolvers = tunnel.resolvers(reachableFrom: placement)
        if !resolvers.isEmpty { lines.append("DNS = " + resolvers.map(\.description).joined(separator: ", ")) }
        lines += [
            "MTU = \(tunnel.mtu)", "", "[Peer]",
            "PublicKey = \(placement.serverPublicKey)",
            "Endpoint = \(placement.endpoint)",
        ]
        if !placement.offersIPv6 { lines += blockedIPv6 }
        lines += [
            "AllowedIPs = 0.0.0.0/0, ::/0",
            // A client behind NAT stays reachable: 25 s is what wg(8) advises.
            "PersistentKeepalive = 25",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The addresses stay too: with an IPv6 address of the tunnel a device does not take another interface's, and it
    /// prefers IPv4 (RFC 6724, section 2.1: a unique local address has another label than the internet's).
    private static let blockedIPv6 = [
        "# This server reaches nothing over IPv6. ::/0 stays in the tunnel, so that IPv6 is blocked and not sent beside it."
    ]
}

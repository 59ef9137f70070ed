import Model
import Placement
import Store

/// A peer in JSON.
struct PeerResource: Encodable {
    struct Server: Encodable {
        let public_key: String
        let endpoint: String
        /// Whether it reaches the internet over IPv6. Where it does not, `::/0` belongs into the tunnel all the same, or
        /// the device's IPv6 traffic would go beside it.
        let ipv6: Bool
    }

    let id: String
    let public_key: String
    let region: String
    let state: String
    /// Whether it is being installed on another server, which is to take this one's place.
    let moving: Bool
    let addresses: [String]
    let server: Server?
    let dns: [String]
    let mtu: Int
    let created_at: String

    init(_ peer: PeerRecord, tunnel: TunnelSettings) {
        id = "\(peer.id)"
        public_key = peer.publicKey.base64
        region = peer.region.text
        state = peer.state.rawValue
        moving = peer.isMoving
        addresses = tunnel.pool.addresses(at: peer.addressIndex).map(\.description)
        server = peer.placement.map {
            Server(public_key: $0.serverPublicKey.base64, endpoint: $0.endpoint, ipv6: $0.offersIPv6)
        }
        dns = tunnel.resolvers(reachableFrom: peer.placement).map(\.description)
        mtu = Int(tunnel.mtu)
        created_at = "\(peer.createdAt)"
    }
}

/// What every client's configuration has in common.
public struct TunnelSettings: Sendable {
    public let pool: AddressPool
    /// Resolvers for the clients; empty leaves the device's own.
    public let dns: [IPAddress]
    /// Bytes.
    public let mtu: UInt16

    public init(pool: AddressPool, dns: [IPAddress], mtu: UInt16) {
        self.pool = pool
        self.dns = dns
        self.mtu = mtu
    }

    /// The resolvers that a client of this node reaches. Where that is none, all of them: names that do not resolve are
    /// better than names that are asked of the device's own resolver, beside the tunnel.
    func resolvers(reachableFrom placement: PeerRecord.Placement?) -> [IPAddress] {
        guard let placement, !placement.offersIPv6 else { return dns }
        let reachable = dns.filter { address in
            if case .v4 = address { true } else { false }
        }
        return reachable.isEmpty ? dns : reachable
    }
}

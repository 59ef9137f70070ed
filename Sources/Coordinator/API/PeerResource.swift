import Model
import Placement
import Store

/// A peer in JSON.
struct PeerResource: Encodable {
    struct Server: Encodable {
        let public_key: String
        let endpoint: String
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
        server = peer.placement.map { Server(public_key: $0.serverPublicKey.base64, endpoint: $0.endpoint) }
        dns = tunnel.dns.map(\.description)
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
}

import LabSupport

/// A node with the exit policy and a tunnel made by hand, two devices, and a host behind the node that listens.
final class ExitSite {
    static let port: UInt16 = 8000
    /// Of the other device, besides those of the pool: in none of the refused ranges.
    static let publicAddresses = ["5.6.7.8", "2a00:5:6:7::8"]

    let lab: Lab
    let node: Node
    /// One whose operating system thinks the tunnel as wide as an Ethernet, and an ordinary one.
    let wide: TunnelDevice
    let other: TunnelDevice
    let outside: TCPService

    private init(lab: Lab) throws {
        self.lab = lab
        node = try lab.makeNode(region: Site.region)
        try node.enrollByHand()
        var tunnel = try HandmadeTunnel(on: node)
        wide = try tunnel.connect(try lab.makeClient(), mtu: 1500)
        other = try tunnel.connect(try lab.makeClient(), more: Self.publicAddresses)
        outside = try TCPService(on: lab.outside, port: Self.port)
        for device in [wide, other] { try device.client.reach(LabAddresses.outsideIPv4) }
    }

    static func with(_ scenario: @escaping @Sendable (ExitSite) throws -> Void) async throws {
        try await Lab.with { lab in try scenario(try ExitSite(lab: lab)) }
    }

    /// How far a device gets, through its tunnel whatever its routes say.
    func reach(_ address: String, port: UInt16 = port, from device: TunnelDevice) throws -> Reach {
        let source = address.contains(":") ? device.ipv6 : device.ipv4
        return try TCPConnection.reach(from: device.host, to: address, port: port, source: source)
    }

    func requireForbidden(_ address: String, port: UInt16 = port, from device: TunnelDevice) throws {
        let reach = try reach(address, port: port, from: device)
        try require(reach == .forbidden, "\(device.host.name) to \(address) port \(port): \(reach)")
    }

    /// That what a peer must not reach is there to be reached: by the node itself.
    func requireReachable(_ address: String, port: UInt16 = port, from host: Host) throws {
        let reach = try TCPConnection.reach(from: host, to: address, port: port)
        try require(reach == .reached, "\(host.name) to \(address) port \(port): \(reach)")
    }
}

extension Lab {
    /// Builds a lab, lets `scenario` happen in it on a thread of its own, and takes it down.
    static func with(_ scenario: @escaping @Sendable (Lab) throws -> Void) async throws {
        try await onOwnThread {
            let lab = try Lab()
            do {
                try scenario(lab)
            } catch {
                try? lab.close()
                throw error
            }
            try lab.close()
        }
    }
}

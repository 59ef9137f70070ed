import Cryptography
import Foundation
import Model

/// A node's tunnel made with WireGuard's own tools, without coordinator and agent: for tests of what lies around it.
public struct HandmadeTunnel {
    private static let prefix = "10.64.0."
    private static let prefix6 = "fd68:6f6c:6466::"

    /// The node's own addresses in the tunnel.
    public static let nodeAddress = "\(prefix)1"
    public static let nodeAddressIPv6 = "\(prefix6)1"

    private let node: Node
    private let nodeKey: String
    private var deviceCount = 0

    public init(on node: Node) throws {
        self.node = node
        let link = Node.interface
        let secret = try node.host.run("wg", "genkey")
        try node.host.run("ip", "link", "add", link, "type", "wireguard")
        try node.host.run(
            "wg",
            "set",
            link,
            "listen-port",
            "\(Node.listenPort)",
            "private-key",
            "/dev/stdin",
            input: secret
        )
        try node.host.run("ip", "addr", "add", "\(Self.nodeAddress)/10", "dev", link)
        try node.host.run("ip", "addr", "add", "\(Self.nodeAddressIPv6)/64", "dev", link)
        try node.host.run("ip", "link", "set", link, "mtu", "1420", "up")
        nodeKey = try node.host.run("wg", "pubkey", input: secret)
    }

    /// A device with a tunnel of its own.
    ///
    /// - Parameters:
    ///   - endpoint: HOST:PORT; nil: the node's address and WireGuard's port.
    ///   - mtu: the device's own idea.
    ///   - more: further addresses of the device, beyond the tunnels' pool.
    public mutating func connect(
        _ host: Host,
        endpoint: String? = nil,
        mtu: Int = 1420,
        more: [String] = []
    ) throws -> TunnelDevice {
        deviceCount += 1
        let keys = WireGuardKeyPair.generate()
        let device = (ipv4: "\(Self.prefix)\(1 + deviceCount)", ipv6: "\(Self.prefix6)\(1 + deviceCount)")
        let prefixes = ([device.ipv4, device.ipv6] + more).map { $0 + ($0.contains(":") ? "/128" : "/32") }
        let allowed = prefixes.joined(separator: ",")
        try node.host.run("wg", "set", Node.interface, "peer", keys.publicKey.base64, "allowed-ips", allowed)
        for prefix in prefixes.dropFirst(2) {
            let family = prefix.contains(":") ? "-6" : "-4"
            try node.host.run("ip", family, "route", "add", prefix, "dev", Node.interface)
        }
        let client = try WireGuardClient(
            host: host,
            configuration: """
                [Interface]
                # PrivateKey = (yours; it never leaves the device)
                Address = \(allowed)
                MTU = \(mtu)

                [Peer]
                PublicKey = \(nodeKey)
                Endpoint = \(endpoint ?? "\(node.address):\(Node.listenPort)")
                AllowedIPs = 0.0.0.0/0, ::/0
                """,
            keys: keys
        )
        return TunnelDevice(client: client, ipv4: device.ipv4, ipv6: device.ipv6)
    }
}

/// A client with its addresses in the tunnel.
public struct TunnelDevice: Sendable {
    public let client: WireGuardClient
    public let ipv4: String
    public let ipv6: String

    public var host: Host { client.host }
}

extension Node {
    /// Leaves behind what an enrolment does, as far as the exit policy asks, and loads the policy.
    public func enrollByHand(loading: Bool = true) throws {
        let directory = agent.stateDirectory
        let files = FileManager.default
        try files.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let record = """
            node_id = \(NodeID.random())
            name = \(name)
            region = \(region)
            coordinators = \(LabAddresses.coordinatorAddress):7443
            listen_port = \(Self.listenPort)
            interface = \(Self.interface)
            addresses = \(HandmadeTunnel.nodeAddress)/10,\(HandmadeTunnel.nodeAddressIPv6)/64
            mtu = 1420
            token_hash = 00

            """
        for (file, text) in [("node.conf", record), ("identity.pem", "by hand\n")] {
            let made = files.createFile(
                atPath: "\(directory)/\(file)",
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
            try require(made, "cannot write \(file) in \(directory)")
        }
        if loading { try exitPolicy.load() }
    }
}

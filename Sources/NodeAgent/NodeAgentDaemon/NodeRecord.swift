import Model

/// What a node learned when it enrolled: lines of `key = value`.
struct NodeRecord: Hashable {
    var nodeID: NodeID
    var name: String
    var region: RegionName
    /// At least one.
    var coordinators: [HostPort]
    var endpoint: HostPort?
    var listenPort: UInt16
    var interface: String
    /// As told at enrolment; the table keeps what was told since. It is used when the table is lost.
    var network: TunnelNetwork
    /// SHA-256 of the join token's secret, which is worth nothing any more: tells the same token from another.
    var tokenHash: [UInt8]
    /// The WireGuard key that the coordinator was told; nil in a record of an earlier version.
    var wireguardKey: PublicKey?

    var text: String {
        var lines = [
            "# Written by `holdfast-agent enroll`. Settings in agent.toml take precedence.",
            "node_id = \(nodeID)",
            "name = \(name)",
            "region = \(region)",
            "coordinators = \(coordinators.map(\.description).joined(separator: ","))",
            "listen_port = \(listenPort)",
            "interface = \(interface)",
            "addresses = \(network.interfaceAddresses.map(\.description).joined(separator: ","))",
            "mtu = \(network.mtu)",
            "token_hash = \(Hexadecimal.encode(tokenHash))",
        ]
        if let endpoint { lines.append("endpoint = \(endpoint)") }
        if let wireguardKey { lines.append("wireguard_key = \(wireguardKey.base64)") }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension NodeRecord {
    /// Nil when a line is missing or makes no sense.
    init?(text: String) {
        var values: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].hasSuffix(" "), parts[1].hasPrefix(" ") else { return nil }
            values[parts[0].dropLast()] = parts[1].dropFirst()
        }
        guard let nodeID = values["node_id"].flatMap({ NodeID($0) }), let name = values["name"],
            let region = values["region"].flatMap({ RegionName($0) }),
            let listenPort = values["listen_port"].flatMap({ UInt16($0) }), let interface = values["interface"],
            let tokenHash = values["token_hash"].flatMap({ Hexadecimal.decode($0) })
        else { return nil }
        let addresses = (values["coordinators"] ?? "").split(separator: ",")
        let coordinators = addresses.compactMap { HostPort($0) }
        guard !coordinators.isEmpty, coordinators.count == addresses.count else { return nil }
        let prefixes = (values["addresses"] ?? "").split(separator: ",").map { IPPrefix($0) }
        guard let mtu = values["mtu"].flatMap({ UInt16($0) }), !prefixes.contains(nil) else { return nil }
        let endpoint = values["endpoint"].map { HostPort($0) }
        if case .some(.none) = endpoint { return nil }
        let key = values["wireguard_key"].map { try? PublicKey(base64: $0) }
        if case .some(.none) = key { return nil }
        self.init(
            nodeID: nodeID,
            name: String(name),
            region: region,
            coordinators: coordinators,
            endpoint: endpoint ?? nil,
            listenPort: listenPort,
            interface: String(interface),
            network: TunnelNetwork(interfaceAddresses: prefixes.compactMap { $0 }, mtu: mtu),
            tokenHash: tokenHash,
            wireguardKey: key ?? nil
        )
    }
}

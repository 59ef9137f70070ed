import Cryptography
import Foundation
import Model

/// A device with WireGuard's own tools, built from what the API returned and the private key that it kept.
public struct WireGuardClient: Sendable {
    static let interface = "wg0"
    public let host: Host

    /// - Parameter configuration: the wg-quick text of the API.
    public init(host: Host, configuration: String, keys: WireGuardKeyPair) throws {
        self.host = host
        var interfaceLines: [String: [String]] = [:]
        var settings = ["[Interface]", "PrivateKey = \(Base64.encode(keys.privateKey.reveal()))"]
        var section = ""
        for line in configuration.split(whereSeparator: \.isNewline).map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if line.hasPrefix("[") {
                section = line
                if line != "[Interface]" { settings.append(line) }
                continue
            }
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, !line.hasPrefix("#") else { continue }
            if section == "[Interface]" {
                interfaceLines[parts[0], default: []] += parts[1].split(separator: ",").map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
            } else {
                settings.append(line)
            }
        }
        try configure(settings.joined(separator: "\n") + "\n", interfaceLines)
    }

    /// What `wg-quick up` does, without its resolver and firewall.
    private func configure(_ settings: String, _ interface: [String: [String]]) throws {
        let name = Self.interface
        let addresses = interface["Address"] ?? []
        try require(!addresses.isEmpty, "the configuration has no Address")
        try host.run("ip", "link", "add", name, "type", "wireguard")
        try host.run("wg", "setconf", name, "/dev/stdin", input: settings)
        for address in addresses { try host.run("ip", "addr", "add", address, "dev", name) }
        try host.run("ip", "link", "set", name, "mtu", interface["MTU"]?.first ?? "1420", "up")
        // The node is on the same bridge, so that its route is more specific than these.
        try host.run("ip", "route", "add", "default", "dev", name)
        if addresses.contains(where: { $0.contains(":") }) {
            try host.run("ip", "-6", "route", "add", "default", "dev", name)
        }
    }

    /// What an app does when its peer has moved: the new server in place of the old one, in one step, on the same
    /// interface and with the same addresses.
    public func switchServer(to configuration: String) throws {
        let lines = configuration.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        let server = lines.drop { $0 != "[Peer]" }
        let key = try host.run("wg", "show", Self.interface, "private-key").trimmingCharacters(in: .newlines)
        let settings = ["[Interface]", "PrivateKey = \(key)"] + server
        try host.run("wg", "syncconf", Self.interface, "/dev/stdin", input: settings.joined(separator: "\n") + "\n")
    }

    /// Forgets its sessions, as a device that was off: its next packet begins with a handshake.
    public func forgetSessions() throws {
        try host.run("ip", "link", "set", Self.interface, "down")
        try host.run("ip", "link", "set", Self.interface, "up")
        try host.run("ip", "route", "add", "default", "dev", Self.interface)
    }

    /// Goes away, as a device that has switched to another node: not even keepalives come from it any more.
    public func disconnect() throws {
        try host.run("ip", "link", "set", Self.interface, "down")
    }

    /// Waits for the first answer through the tunnel.
    @discardableResult
    public func reach(_ address: String, within limit: Duration = .seconds(20)) throws -> Duration {
        try wait(for: "\(host.name) to reach \(address)", within: limit) {
            try host.attempt(["ping", "-n", "-c", "1", "-W", "0.5", address]).status == 0
        }
    }
}

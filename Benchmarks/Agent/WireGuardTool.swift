import Cryptography
import Foundation
import LabSupport
import Model

/// `wg` with the same peers, on an interface of its own.
struct WireGuardTool {
    private static let interface = "reference"
    private let path: String

    init(lab: Lab) {
        path = lab.directory + "/reference.conf"
    }

    /// With a private key, as the agent's interface has: the kernel computes a shared secret for each peer then.
    func write(_ entries: [PeerEntry]) throws {
        let key = WireGuardKeyPair.generate().privateKey.reveal()
        let peers = entries.map { entry in
            let addresses = entry.allowedIPs.map(\.description).joined(separator: ", ")
            return "[Peer]\nPublicKey = \(entry.publicKey.base64)\nAllowedIPs = \(addresses)\n"
        }
        let text = "[Interface]\nPrivateKey = \(Base64.encode(key))\nListenPort = 51999\n" + peers.joined()
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    func setconf() throws -> Duration {
        try Host.own.run("ip", "link", "add", Self.interface, "type", "wireguard")
        try Host.own.run("ip", "link", "set", Self.interface, "up")
        return try time("wg", "setconf", Self.interface, path)
    }

    func syncconf() throws -> Duration { try time("wg", "syncconf", Self.interface, path) }

    func dump(_ interface: String) throws -> Duration {
        try time("sh", "-c", "exec wg show \(interface) dump >/dev/null")
    }

    func removeInterface() throws {
        try Host.own.run("ip", "link", "delete", Self.interface)
    }

    private func time(_ arguments: String...) throws -> Duration {
        let clock = ContinuousClock()
        return try clock.measure { try Command(arguments).run() }
    }
}

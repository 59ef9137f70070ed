import Cryptography
import LabSupport
import Model
import Testing

extension LabTests {
    /// The lab itself, without the project's programs: what the other tests see must be what is there.
    @Suite struct Harness {
        @Test(.timeLimit(.minutes(2)))
        func `a tunnel made by hand reaches the host behind the node, and the probe counts what is lost`() async throws
        {
            try await onOwnThread {
                let lab = try Lab()
                do {
                    try Harness.loseSomePackets(lab)
                } catch {
                    try? lab.close()
                    throw error
                }
                try lab.close()
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `closing the lab names a process that was left behind`() async throws {
            try await onOwnThread {
                let lab = try Lab()
                let ready = "\(lab.directory)/ready"
                let loop = "touch \(ready); while :; do sleep 0.1; done"
                let detached = "exec setsid sh -c '\(loop)' \(lab.directory)/daemon </dev/null >/dev/null 2>&1 &"
                try Host.own.run("sh", "-c", detached)
                try wait(for: "the process to run", within: .seconds(20)) {
                    try Host.own.attempt(["test", "-e", ready]).status == 0
                }
                // Not `#expect`: on a thread of our own it would not be this test's.
                var isNamed = false
                do { try lab.close() } catch { isNamed = "\(error)".contains("\(lab.directory)/daemon") }
                try require(isNamed, "the process that was left behind was not named")
            }
        }

        private static func loseSomePackets(_ lab: Lab) throws {
            let node = try lab.makeNode(region: Site.region)
            let device = WireGuardKeyPair.generate()
            let nodeKey = try configure(node, device)
            let client = try WireGuardClient(
                host: try lab.makeClient(),
                configuration: """
                    [Interface]
                    # PrivateKey = (yours; it never leaves the device)
                    Address = 10.64.0.2/32, fd68:6f6c:6466::2/128
                    MTU = 1420

                    [Peer]
                    PublicKey = \(nodeKey)
                    Endpoint = \(node.address):51820
                    AllowedIPs = 0.0.0.0/0, ::/0
                    """,
                keys: device
            )
            try client.reach(LabAddresses.outsideIPv4)
            try client.reach(LabAddresses.outsideIPv6)
            let quiet = try PingProbe(lab: lab, from: client.host, to: LabAddresses.outsideIPv4)
            rest(.seconds(1))
            try quiet.stopHavingLostNothing()
            let disturbed = try PingProbe(lab: lab, from: client.host, to: LabAddresses.outsideIPv4)
            rest(.milliseconds(500))
            try node.host.run("ip", "link", "set", "beyond", "down")
            rest(.milliseconds(500))
            try node.host.run("ip", "link", "set", "beyond", "up")
            try client.reach(LabAddresses.outsideIPv4)
            let tally = try disturbed.stop()
            try require(tally.lost >= 5 && tally.lost < tally.sent, "\(tally.lost) lost of \(tally.sent)")
            try require(tally.longestSilence >= .milliseconds(400), "silent for \(tally.longestSilence.text)")
        }

        private static func configure(_ node: Node, _ device: WireGuardKeyPair) throws -> String {
            let link = Node.interface
            try node.host.run("ip", "link", "add", link, "type", "wireguard")
            let secret = try node.host.run("wg", "genkey")
            let path = "/dev/stdin"
            try node.host.run("wg", "set", link, "listen-port", "51820", "private-key", path, input: secret)
            try node.host.run(
                "wg",
                "set",
                link,
                "peer",
                device.publicKey.base64,
                "allowed-ips",
                "10.64.0.2/32,fd68:6f6c:6466::2/128"
            )
            try node.host.run("ip", "addr", "add", "10.64.0.1/10", "dev", link)
            try node.host.run("ip", "addr", "add", "fd68:6f6c:6466::1/64", "dev", link)
            try node.host.run("ip", "link", "set", link, "mtu", "1420", "up")
            return try node.host.run("wg", "pubkey", input: secret)
        }
    }
}

import LabSupport
import Testing

extension LabTests {
    /// Somebody's hand on the node. A fault is repaired within a reconcile period.
    @Suite struct Drift {
        /// The period, and as much again for a slow machine's turn of the agent's loop.
        private static let limit = Site.reconcileInterval * 2

        @Test(.timeLimit(.minutes(3)))
        func `a peer removed by hand is put back`() async throws {
            try await Site.with { site in
                let before = try site.node.kernelPeers()
                let own = site.peer.publicKey
                try site.node.host.run("wg", "set", Node.interface, "peer", own, "remove")
                try require(try !site.kernelKeys().contains(own), "wg did not remove the peer")
                try wait(for: "the peer to be put back", within: Drift.limit) {
                    try site.node.kernelPeers()[own]?.allowedIPs == before[own]?.allowedIPs
                }
                try site.node.agent.wait(for: "to count what it repaired") { $0.driftRepaired > 0 }
                try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(40))
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a peer added by hand is removed`() async throws {
            try await Site.with { site in
                let stranger = ProvisionedPeer.freshKey()
                let probe = try site.startPing()
                try site.node.host.run(
                    "wg",
                    "set",
                    Node.interface,
                    "peer",
                    stranger,
                    "allowed-ips",
                    "10.127.255.254/32"
                )
                try wait(for: "the stranger to go", within: Drift.limit) {
                    try site.kernelKeys() == [site.peer.publicKey]
                }
                try probe.stopHavingLostNothing()
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `an address that a stranger took by hand returns to its peer`() async throws {
            try await Site.with { site in
                let own = site.peer.publicKey
                let addresses = try unwrap(try site.node.kernelPeers()[own], "no peer").allowedIPs
                let taken = try unwrap(addresses.first { $0.contains(".") }, "no IPv4 address")
                let stranger = ProvisionedPeer.freshKey()
                try site.node.host.run("wg", "set", Node.interface, "peer", stranger, "allowed-ips", taken)
                // It may be back before anybody could look; the count tells that it was gone.
                try wait(for: "the address to return", within: Drift.limit) {
                    let peers = try site.node.kernelPeers()
                    let isCounted = try site.node.agent.status().driftRepaired > 0
                    return peers[own]?.allowedIPs == addresses && peers[stranger] == nil && isCounted
                }
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `an interface deleted by hand is made again with its peers`() async throws {
            try await Site.with { site in
                for _ in 0..<20 { _ = try site.customer.makePeer(region: Site.region) }
                let before = try site.node.kernelPeers().mapValues(\.allowedIPs)
                try site.node.host.run("ip", "link", "del", Node.interface)
                try wait(for: "the interface and its peers to be back", within: Drift.limit) {
                    try site.node.kernelPeers().mapValues(\.allowedIPs) == before
                }
                try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(40))
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `an interface set down by hand is set up again`() async throws {
            try await Site.with { site in
                try site.node.host.run("ip", "link", "set", Node.interface, "down")
                try wait(for: "the interface to be up", within: Drift.limit) {
                    try site.node.host.run("ip", "link", "show", Node.interface).contains(",UP")
                }
                try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(40))
            }
        }
    }
}

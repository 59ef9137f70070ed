import LabSupport
import Testing

extension LabTests {
    /// What operators do to the fleet, and what happens to it by itself.
    @Suite struct Fleet {
        @Test(.timeLimit(.minutes(4)))
        func `a node is drained under traffic, and its client switches without losing a packet before`() async throws {
            try await FleetSite.with(nodes: 3) { site in
                try site.makePeers(29)
                let old = try site.home()
                let probe = try site.startPing()
                try site.coordinator.command("node", "drain", old.name, "--linger", "25")
                try wait(for: "everyone to have left", within: .seconds(30)) {
                    try site.ask("SELECT state FROM operations") == "lingering"
                }
                try site.requireSound()
                // The client knows nothing yet: its old server serves it on.
                try probe.stopHavingLostNothing()
                let new = try site.home()
                try require(new.name != old.name, "the configuration still names the drained node")
                try site.client.switchServer(to: try site.customer.configuration(of: site.peer))
                try site.client.reach(LabAddresses.outsideIPv4)
                try require(
                    try new.kernelPeers()[site.peer.publicKey]?.latestHandshake ?? 0 > 0,
                    "the traffic does not go through the new server"
                )
                try wait(for: "the node to let go of everyone", within: .seconds(90)) {
                    try site.ask("SELECT state FROM operations") == "done"
                }
                try require(try old.kernelPeers().isEmpty, "the drained node's kernel still has peers")
                try site.client.reach(LabAddresses.outsideIPv4)
            }
        }

        @Test(.timeLimit(.minutes(4)))
        func `a coordinator killed again and again in mid-drain drains on`() async throws {
            var settings = FleetSite.impatient
            // Twenty peers to move: slow enough that a busy machine sees the drain under way.
            settings.fleet["moves_per_second"] = 2
            try await FleetSite.with(nodes: 3, settings: settings) { site in
                try site.makePeers(59)
                let old = try site.home()
                let probe = try site.startPing()
                try site.coordinator.command("node", "drain", old.name)
                for _ in 0..<2 {
                    let before = try site.ask("SELECT moved FROM operations")
                    try wait(for: "the drain to go on", within: .seconds(40)) {
                        try site.ask("SELECT moved FROM operations") != before
                    }
                    site.coordinator.kill()
                    try site.coordinator.start()
                }
                try wait(for: "everyone to have left", within: .seconds(60)) {
                    try site.ask("SELECT state FROM operations") == "lingering"
                }
                try wait(for: "the nodes to have what the coordinator says", within: .seconds(30)) {
                    try site.ask("SELECT count(*) FROM nodes WHERE revision > applied_revision") == "0"
                }
                try site.requireSound()
                try probe.stopHavingLostNothing()
            }
        }

        @Test(.timeLimit(.minutes(4)))
        func `a dead node's peers work elsewhere, and are gone from it when it is back`() async throws {
            try await FleetSite.with(nodes: 3) { site in
                try site.makePeers(20)
                let dead = try site.home()
                dead.agent.kill()
                try dead.reboot()
                try wait(for: "its peers to have other places", within: .seconds(60)) {
                    try site.ask("SELECT count(*) FROM operations WHERE kind = 'replace' AND state = 'done'") == "1"
                }
                try site.client.switchServer(to: try site.customer.configuration(of: site.peer))
                try site.client.reach(LabAddresses.outsideIPv4)
                try site.requireSound()
                try dead.agent.start()
                try wait(for: "what moved away to be gone from it", within: .seconds(60)) {
                    try site.health(of: dead) != "lost" && dead.kernelPeers().isEmpty
                }
                try site.client.reach(LabAddresses.outsideIPv4)
            }
        }

        @Test(.timeLimit(.minutes(4)))
        func `a partitioned node serves its clients on, and loses them when it is heard again`() async throws {
            try await FleetSite.with(nodes: 3) { site in
                let cut = try site.home()
                try cut.host.run(
                    "nft",
                    "add table inet cut; add chain inet cut out { type filter hook output priority 0; }; "
                        + "add rule inet cut out ip daddr \(LabAddresses.coordinatorAddress) drop"
                )
                let probe = try site.startPing()
                try wait(for: "its peers to have other places", within: .seconds(60)) {
                    try site.ask("SELECT count(*) FROM operations WHERE kind = 'replace' AND state = 'done'") == "1"
                }
                try probe.stopHavingLostNothing()
                try site.client.switchServer(to: try site.customer.configuration(of: site.peer))
                try site.client.reach(LabAddresses.outsideIPv4)
                try cut.host.run("nft", "delete", "table", "inet", "cut")
                try wait(for: "the node to be trusted again", within: .seconds(120)) {
                    try site.health(of: cut) == "alive"
                }
                try require(try cut.kernelPeers().isEmpty, "it still has the peer that moved away")
                try site.requireSound()
            }
        }

        @Test(.timeLimit(.minutes(4)))
        func `when most nodes fall silent at once nobody is moved, and the tunnels stay`() async throws {
            try await FleetSite.with(nodes: 3) { site in
                try site.makePeers(8)
                let probe = try site.startPing()
                for node in site.nodes.prefix(2) { node.agent.kill() }
                try wait(for: "the brake", within: .seconds(60)) {
                    try site.ask("SELECT count(*) FROM audit_entries WHERE action = 'fleet.mass_failure'") == "1"
                }
                rest(.seconds(12))
                try require(try site.ask("SELECT count(*) FROM operations") == "0", "peers were moved")
                try require(try site.ask("SELECT count(*) FROM nodes WHERE health = 'lost'") == "0", "a node is lost")
                for node in site.nodes.prefix(2) { try node.agent.start() }
                try wait(for: "every node to be alive", within: .seconds(60)) {
                    try site.ask("SELECT count(*) FROM nodes WHERE health = 'alive'") == "3"
                }
                try probe.stopHavingLostNothing()
            }
        }
    }
}

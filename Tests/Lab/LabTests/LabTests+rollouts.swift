import LabSupport
import Testing

extension LabTests {
    /// Versions of the agent that operators bring to the fleet by `holdfast`. The test itself is what installs on a
    /// node; the package's own test has the unit and apt.
    @Suite struct Rollouts {
        @Test(.timeLimit(.minutes(4)))
        func `a version that links up and fails halts its rollout, and one command takes it back`() async throws {
            try await FleetSite.with(nodes: 2, settings: Rollouts.settings(timeout_s: 900)) { site in
                let lead = try site.coordinator.makeOperator("lead")
                let release = try AgentRelease.storingNothing(in: site.lab)
                let probes = try Rollouts.startPings(site)
                let told = try Rollouts.begin(release, by: lead, at: site)
                try told.agent.install(release.program)
                try told.agent.wait(for: "its link") { $0.isLinked }
                // Whom it can serve, it serves; it takes nobody new, and says so.
                try wait(for: "the rollout to halt", within: .seconds(90)) {
                    try Rollouts.post(site)
                    return try lead.ask("rollout", "show")["state"] as? String == "halted"
                }
                let rollout = try lead.ask("rollout", "show")
                let reason = rollout["reason"] as? String ?? ""
                try require(reason.contains(told.name) && reason.contains("peer-table"), "halted, for it \(reason)")
                try Rollouts.requireOthersUntold(site, told, rollout)
                try require(try Rollouts.version(of: told, site) == release.version, "it runs another version")
                try lead.run("rollout", "rollback")
                try wait(for: "the node to ask for its version of before", within: .seconds(20)) {
                    try told.agent.requestedVersion() == AgentRelease.running()
                }
                try told.agent.install(Binaries.agent)
                try Rollouts.waitUntilRolledBack(lead, site)
                for probe in probes { try probe.stopHavingLostNothing() }
            }
        }

        @Test(.timeLimit(.minutes(4)))
        func `a version that does not come back halts its rollout, and its tunnels stay up`() async throws {
            try await FleetSite.with(nodes: 2, settings: Rollouts.settings(timeout_s: 15)) { site in
                let lead = try site.coordinator.makeOperator("lead")
                let release = try AgentRelease.endingAtOnce(in: site.lab)
                let probes = try Rollouts.startPings(site)
                let told = try Rollouts.begin(release, by: lead, at: site)
                try told.agent.install(release.program)
                try wait(for: "the rollout to halt", within: .seconds(60)) {
                    try lead.ask("rollout", "show")["state"] as? String == "halted"
                }
                let rollout = try lead.ask("rollout", "show")
                let reason = rollout["reason"] as? String ?? ""
                try require(reason.contains(told.name), "halted, for it \(reason)")
                try Rollouts.requireOthersUntold(site, told, rollout)
                try lead.run("rollout", "rollback")
                // An agent that is down cannot be told: its machine takes the version back.
                try told.agent.install(Binaries.agent)
                try Rollouts.waitUntilRolledBack(lead, site)
                for probe in probes { try probe.stopHavingLostNothing() }
            }
        }

        /// - Parameter timeout_s: what a node has for its version; it is not lost within this.
        private static func settings(timeout_s: Int) -> CoordinatorProcess.Settings {
            var settings = FleetSite.impatient
            settings.provisionWait_s = 1
            settings.fleet = ["suspect_after_s": 5, "lost_after_s": 120, "rollout_timeout_s": timeout_s]
            return settings
        }

        /// One through each node.
        private static func startPings(_ site: FleetSite) throws -> [PingProbe] {
            let home = try site.home()
            var second: ProvisionedPeer?
            while second == nil {
                let peer = try site.customer.makePeer(region: FleetSite.region)
                let isElsewhere = try !site.customer.configuration(of: peer).contains("Endpoint = \(home.address):")
                if isElsewhere { second = peer }
            }
            let peer = try unwrap(second, "no peer")
            let client = try WireGuardClient(
                host: try site.lab.makeClient(),
                configuration: try site.customer.configuration(of: peer),
                keys: peer.keys
            )
            try client.reach(LabAddresses.outsideIPv4)
            let other = try PingProbe(lab: site.lab, from: client.host, to: LabAddresses.outsideIPv4)
            return [try site.startPing(), other]
        }

        /// - Returns: the first wave, which is one node.
        private static func begin(_ release: AgentRelease, by lead: Operator, at site: FleetSite) throws -> Node {
            try lead.run("rollout", "start", release.version, "--waves", "1,100%")
            var told: Node?
            try wait(for: "a node to ask for the version", within: .seconds(20)) {
                told = site.nodes.first { $0.agent.requestedVersion() == release.version }
                return told != nil
            }
            return try unwrap(told, "no node asks")
        }

        /// One more peer, wherever it is placed and whether or not its node takes it.
        private static func post(_ site: FleetSite) throws {
            let connection = try site.coordinator.api.connect()
            let key = ProvisionedPeer.freshKey()
            try connection.createPeer(publicKey: key, region: FleetSite.region, token: site.customer.token)
                .expect(201, 202)
        }

        private static func requireOthersUntold(_ site: FleetSite, _ told: Node, _ rollout: [String: Any]) throws {
            try require(rollout["told"] as? Int == 1, "told: \(rollout)")
            for other in site.nodes where other !== told {
                try require(other.agent.requestedVersion() == nil, "\(other.name) was told, too")
                try require(
                    try version(of: other, site) == AgentRelease.running(),
                    "\(other.name) runs another version"
                )
                try require(try other.agent.status().isLinked, "\(other.name) has no link")
            }
        }

        private static func version(of node: Node, _ site: FleetSite) throws -> String {
            try site.ask("SELECT agent_version FROM nodes WHERE name = '\(node.name)'")
        }

        private static func waitUntilRolledBack(_ lead: Operator, _ site: FleetSite) throws {
            try wait(for: "the rollout to be taken back", within: .seconds(60)) {
                try lead.ask("rollout", "show")["state"] as? String == "rolled_back"
            }
            try wait(for: "the nodes to have what the coordinator says", within: .seconds(60)) {
                try site.ask("SELECT count(*) FROM nodes WHERE revision > applied_revision") == "0"
            }
            try site.requireSound()
            for node in site.nodes {
                try require(try version(of: node, site) == AgentRelease.running(), "\(node.name) runs another version")
                try wait(for: "\(node.name) to ask for nothing any more", within: .seconds(20)) {
                    node.agent.requestedVersion() == nil
                }
            }
        }
    }
}

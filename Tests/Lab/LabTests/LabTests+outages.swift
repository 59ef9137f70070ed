import LabSupport
import Testing

extension LabTests {
    @Suite struct Outages {
        @Test(.timeLimit(.minutes(3)))
        func `an agent killed and restarted loses no packet and programs nothing again`() async throws {
            try await Site.with { site in
                for _ in 0..<10 { _ = try site.customer.makePeer(region: Site.region) }
                let before = try site.node.kernelPeers()
                let probe = try site.startPing()
                for _ in 0..<3 {
                    site.node.agent.kill()
                    try site.node.agent.start()
                    try site.node.agent.wait(for: "its table and its link") {
                        $0.peersInTable == before.count && $0.isInStep && $0.isLinked
                    }
                    let changes = try site.node.agent.status().kernelChanges
                    try require(changes == 0, "\(changes) peers were programmed again")
                }
                try Outages.agreesWithItsCommand(site.node.agent)
                try probe.stopHavingLostNothing()
                let after = try site.node.kernelPeers()
                try require(Set(after.keys) == Set(before.keys), "the kernel has other peers than before")
                let own = site.peer.publicKey
                let old = try unwrap(before[own], "no peer"), new = try unwrap(after[own], "no peer")
                try require(new.received_bytes > old.received_bytes, "the peer's counters started again")
            }
        }

        /// What an operator types shows what the socket says, to people and to programs.
        private static func agreesWithItsCommand(_ agent: AgentProcess) throws {
            let known = try agent.status()
            let document = try agent.statusCommand("--json")
            try require(document.status == 0, document.error)
            let told = try AgentStatus(json: document.output.utf8)
            try require(told.peersInTable == known.peersInTable && told.isLinked, document.output)
            let text = try agent.statusCommand()
            try require(text.status == 0 && text.output.contains("connected"), text.output + text.error)
        }

        @Test(.timeLimit(.minutes(3)))
        func `tunnels carry on without a coordinator, and the node finds it again by itself`() async throws {
            try await Site.with { site in
                let probe = try site.startPing()
                site.coordinator.kill()
                try site.node.agent.wait(for: "to see that the link is down") { !$0.isLinked }
                rest(.seconds(2))
                try site.coordinator.start()
                try site.node.agent.wait(for: "to be linked again", within: .seconds(60)) { $0.isLinked }
                let second = try site.customer.makePeer(region: Site.region)
                try require(try site.kernelKeys().contains(second.publicKey), "the second peer is not in the kernel")
                try probe.stopHavingLostNothing()
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `an agent that starts without a coordinator serves its table and waits`() async throws {
            try await Site.with { site in
                let peers = try site.kernelKeys()
                site.coordinator.kill()
                try site.node.reboot()
                try require(try site.kernelKeys().isEmpty, "the interface survived the reboot")
                try site.node.agent.start()
                try wait(for: "the peers to come back from disk", within: .seconds(20)) {
                    try site.kernelKeys() == peers
                }
                try site.client.reach(LabAddresses.outsideIPv4, within: .seconds(40))
                try require(try !site.node.agent.status().isLinked, "linked to a coordinator that is not there")
                try site.coordinator.start()
                try site.node.agent.wait(for: "to be linked again", within: .seconds(60)) { $0.isLinked }
                try require(try site.kernelKeys() == peers, "the returning coordinator changed the peers")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a change made while the node is away is applied when it returns`() async throws {
            var settings = CoordinatorProcess.Settings()
            settings.provisionWait_s = 1
            try await Site.with(settings: settings) { site in
                site.node.agent.kill()
                let connection = try site.coordinator.api.connect()
                let key = ProvisionedPeer.freshKey()
                let answer = try connection.createPeer(publicKey: key, region: Site.region, token: site.customer.token)
                // 503: the coordinator has noticed already that the region's only node is away.
                try answer.expect(202, 503)
                let expected: Set<String> =
                    answer.status == 202 ? [site.peer.publicKey, key] : [site.peer.publicKey]
                try site.node.agent.start()
                try wait(for: "the kernel to have what was accepted", within: .seconds(30)) {
                    try site.kernelKeys() == expected
                }
            }
        }
    }
}

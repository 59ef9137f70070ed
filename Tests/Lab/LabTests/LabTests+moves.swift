import LabSupport
import Testing

extension LabTests {
    /// What an app does by itself.
    @Suite struct Moves {
        @Test(.timeLimit(.minutes(4)))
        func `an app moves its peer to another region under traffic, and loses no packet`() async throws {
            try await FleetSite.with(nodes: 1, lingerSilence: .seconds(25)) { site in
                let old = try site.home()
                let new = try site.addNode(in: "ams1")
                try site.coordinator.api.waitForRegion("ams1")
                let before = try site.customer.configuration(of: site.peer)
                let listener = try EventListener(lab: site.lab, customer: site.customer)
                try wait(for: "the peer to be told", within: .seconds(20)) { try !listener.events("peer").isEmpty }
                let (customer, peer) = (site.customer, site.peer)
                let waiter = Background { try customer.waitForAnotherServer(of: peer) }
                let probe = try site.startPing()
                try probe.wait(forAnswers: 10)
                try customer.api.post("/v1/peers/\(peer.id)/move", ["region": "ams1"], token: customer.token).expect(
                    200
                )
                try Moves.requireBothServe(site, old: old, new: new)
                try waiter.finish()
                try Moves.requireTold(listener, of: new)
                // The app takes its time: its old server serves it on.
                try probe.wait(forMoreAnswers: 50)
                try require(
                    try new.kernelPeers()[peer.publicKey]?.latestHandshake == 0,
                    "the traffic goes through the new server already"
                )
                let after = try customer.configuration(of: peer)
                try require(Moves.addresses(in: after) == Moves.addresses(in: before), "other addresses: \(after)")
                try probe.holdingBack { try site.client.switchServer(to: after) }
                try probe.wait(forMoreAnswers: 50)
                try probe.stopHavingLostNothing()
                try require(
                    try new.kernelPeers()[peer.publicKey]?.latestHandshake ?? 0 > 0,
                    "the traffic does not go through the new server"
                )
                try Moves.waitUntilForgotten(site, by: old)
                try site.client.reach(LabAddresses.outsideIPv4)
                try site.requireSound()
            }
        }

        private static func requireBothServe(_ site: FleetSite, old: Node, new: Node) throws {
            let key = site.peer.publicKey
            let (before, after) = (try old.kernelPeers()[key], try new.kernelPeers()[key])
            try require(before != nil, "the old node has it no more")
            try require(after != nil, "the new node does not have it")
            try require(before?.allowedIPs == after?.allowedIPs, "the nodes have it with different addresses")
        }

        private static func requireTold(_ listener: EventListener, of node: Node) throws {
            try wait(for: "the event", within: .seconds(20)) {
                guard let latest = try listener.events("peer").last else { return false }
                let server = latest["server"] as? [String: Any]
                return (server?["endpoint"] as? String)?.hasPrefix("\(node.address):") == true
                    && latest["moving"] as? Bool == false && latest["region"] as? String == node.region
            }
            let told = try listener.events("peer").map { $0["addresses"] as? [String] }
            try require(Set(told).count == 1, "the addresses changed: \(told)")
        }

        /// By its silence alone: the deadline is a day away.
        private static func waitUntilForgotten(_ site: FleetSite, by old: Node) throws {
            try wait(for: "the old node to let go of it", within: .seconds(60)) { try old.kernelPeers().isEmpty }
            try wait(for: "the coordinator to hear of it", within: .seconds(20)) {
                try site.ask("SELECT count(*) FROM assignments") == "1"
            }
            try require(try old.agent.status().driftRepaired == 0, "letting go was taken for drift")
        }

        private static func addresses(in configuration: String) -> [Substring] {
            configuration.split(separator: "\n").filter { $0.hasPrefix("Address") }
        }
    }
}

import LabSupport

/// The demo's steps, in order.
final class Story {
    private let lab: Lab
    private let report = Report("Holdfast: from a payment to a tunnel that outlives its control plane")

    init(lab: Lab) {
        self.lab = lab
    }

    func tell() throws {
        let coordinator = try CoordinatorProcess(lab: lab)
        try report.step("coordinator starts on its embedded PostgreSQL") {
            try coordinator.start()
            return "ready"
        }
        let frankfurt = try lab.makeNode(region: "fra1")
        let amsterdam = try lab.makeNode(region: "ams1")
        try enroll([frankfurt, amsterdam], with: coordinator)
        let customer = try sell(coordinator.api)
        let client = try connect(customer, through: frankfurt)
        try outliveCoordinator(coordinator, client, frankfurt)
        try outliveAgent(client, frankfurt)
        try outliveReboot(client, frankfurt)
        try comeBack(coordinator, customer, client, amsterdam)
    }

    /// Stops everything; what stays is a failure of the last step.
    func end() throws {
        try report.step("everything stops") {
            try lab.close()
            return "no process, interface or file left"
        }
        report.table()
    }

    private func enroll(_ nodes: [Node], with coordinator: CoordinatorProcess) throws {
        for node in nodes {
            try report.step("node \(node.name) enrols by join token and links up") {
                try node.enroll(with: coordinator)
                try node.agent.start()
                try coordinator.api.waitForRegion(node.region)
                return "region \(node.region) takes peers"
            }
        }
    }

    private func sell(_ api: APIClient) throws -> Customer {
        let order = try Customer.Order(api: api, tier: .basic)
        try report.step("a Stripe event with a forged signature is refused") {
            let forged = StripeSigner(secret: "whsec_forged").header(for: try order.events()[0])
            try api.deliver(try order.events()[0], signature: forged).expect(400)
            return "400"
        }
        try report.step("Stripe's signed events of a paid checkout are accepted") {
            try order.pay()
            return "checkout, subscription, invoice"
        }
        var customer: Customer?
        try report.step("the app claims its subscription token") {
            customer = try order.claim()
            return "by a secret only the app knew"
        }
        return try unwrap(customer, "no token")
    }

    private func connect(_ customer: Customer, through node: Node) throws -> WireGuardClient {
        var peer: ProvisionedPeer?
        try report.step("the device's public key becomes a peer on \(node.name)") {
            let made = try customer.makePeer(region: node.region)
            try require(try node.kernelPeers()[made.publicKey] != nil, "the kernel of \(node.name) has no such peer")
            peer = made
            return "201 after \(made.elapsed.text): on disk and in the kernel"
        }
        let keys = try unwrap(peer, "no peer")
        let host = try lab.makeClient()
        var client: WireGuardClient?
        try report.step("the device builds its tunnel from the returned wg-quick text") {
            client = try WireGuardClient(
                host: host,
                configuration: try customer.configuration(of: keys),
                keys: keys.keys
            )
            return "private key added on the device"
        }
        let built = try unwrap(client, "no client")
        try report.step("packets pass to a host behind the exit node") {
            let first = try built.reach(LabAddresses.outsideIPv4)
            try built.reach(LabAddresses.outsideIPv6)
            return "IPv4 and IPv6, the first answer after \(first.text)"
        }
        return built
    }

    private func outliveCoordinator(
        _ coordinator: CoordinatorProcess,
        _ client: WireGuardClient,
        _ node: Node
    ) throws {
        try report.step("coordinator killed (kill -9): the tunnel carries on") {
            let probe = try startPing(client)
            coordinator.kill()
            try node.agent.wait(for: "to see that the link is down") { !$0.isLinked }
            rest(.seconds(3))
            return try lostNothing(probe)
        }
    }

    private func outliveAgent(_ client: WireGuardClient, _ node: Node) throws {
        try report.step("agent killed and restarted meanwhile: nothing re-programmed") {
            let before = try node.kernelPeers()
            let probe = try startPing(client)
            node.agent.kill()
            try node.agent.start()
            try node.agent.wait(for: "to serve its table") { $0.peersInTable == before.count && $0.isInStep }
            rest(.seconds(1))
            let seen = try lostNothing(probe)
            let changes = try node.agent.status().kernelChanges
            try require(changes == 0, "\(changes) peers were programmed again")
            for (key, peer) in try node.kernelPeers() {
                // The kernel forgets both when a peer is removed and added again.
                let old = try unwrap(before[key], "a peer that nobody asked for")
                try require(peer.received_bytes >= old.received_bytes, "the kernel's peer was made anew")
                try require(peer.latestHandshake >= old.latestHandshake, "the kernel's peer was made anew")
            }
            return "\(seen), 0 peers re-programmed"
        }
    }

    private func outliveReboot(_ client: WireGuardClient, _ node: Node) throws {
        try report.step("node reboots meanwhile: its peers come back from disk") {
            let before = Set(try node.kernelPeers().keys)
            try node.reboot()
            try require(try node.kernelPeers().isEmpty, "the interface survived the reboot")
            try node.agent.start()
            let restored = try wait(for: "the peers to be back", within: .seconds(20)) {
                Set(try node.kernelPeers().keys) == before
            }
            // WireGuard's own timers: a client notices after 15 s of silence that it must shake hands again.
            let first = try client.reach(LabAddresses.outsideIPv4, within: .seconds(40))
            return "peers after \(restored.text); the client's own timer shook hands after \(first.text)"
        }
    }

    private func comeBack(
        _ coordinator: CoordinatorProcess,
        _ customer: Customer,
        _ client: WireGuardClient,
        _ node: Node
    ) throws {
        try report.step("coordinator comes back: nodes link up by themselves") {
            let probe = try startPing(client)
            try coordinator.start()
            try node.agent.wait(for: "to be linked again", within: .seconds(60)) { $0.isLinked }
            return try lostNothing(probe)
        }
        try report.step("a second peer is provisioned, on \(node.name)") {
            let peer = try customer.makePeer(region: node.region)
            let second = try WireGuardClient(
                host: try lab.makeClient(),
                configuration: try customer.configuration(of: peer),
                keys: peer.keys
            )
            try second.reach(LabAddresses.outsideIPv4)
            return "201 after \(peer.elapsed.text), and packets pass"
        }
    }

    private func startPing(_ client: WireGuardClient) throws -> PingProbe {
        try PingProbe(lab: lab, from: client.host, to: LabAddresses.outsideIPv4)
    }

    private func lostNothing(_ probe: PingProbe) throws -> String {
        let tally = try probe.stop()
        try require(tally.sent >= 10, "only \(tally.sent) packets were sent")
        try require(tally.lost == 0, "\(tally.lost) of \(tally.sent) packets were lost")
        return "\(tally.sent) packets, 0 lost"
    }
}

import Foundation
import LabSupport

/// A coordinator, several nodes of one region, and a customer with a working tunnel through one of them.
final class FleetSite {
    static let region = "fra1"

    let lab: Lab
    let coordinator: CoordinatorProcess
    private(set) var nodes: [Node] = []
    let customer: Customer
    let peer: ProvisionedPeer
    let client: WireGuardClient

    private let lingerSilence: Duration

    private init(
        lab: Lab,
        nodes count: Int,
        settings: CoordinatorProcess.Settings,
        lingerSilence: Duration
    ) throws {
        self.lab = lab
        self.lingerSilence = lingerSilence
        coordinator = try CoordinatorProcess(lab: lab, settings: settings)
        try coordinator.start()
        let api = coordinator.api
        for _ in 0..<count {
            nodes.append(try Self.join(lab, coordinator, lingerSilence: lingerSilence))
        }
        try api.waitForRegion(Self.region)
        customer = try Customer.subscribe(api, tier: .fleet)
        peer = try customer.makePeer(region: Self.region)
        client = try WireGuardClient(
            host: try lab.makeClient(),
            configuration: try customer.configuration(of: peer),
            keys: peer.keys
        )
        try client.reach(LabAddresses.outsideIPv4)
    }

    /// Faults are judged within seconds, so that a test need not wait for minutes.
    static var impatient: CoordinatorProcess.Settings {
        var settings = CoordinatorProcess.Settings()
        settings.heartbeatInterval_s = 1
        settings.fleet = ["suspect_after_s": 5, "lost_after_s": 10]
        return settings
    }

    /// - Parameters:
    ///   - nodes: how many there are at first.
    ///   - lingerSilence: in place of 180 s; longer than a scenario's handshakes are apart.
    static func with(
        nodes: Int,
        settings: CoordinatorProcess.Settings = impatient,
        lingerSilence: Duration = .seconds(40),
        _ scenario: @escaping @Sendable (FleetSite) throws -> Void
    ) async throws {
        try await onOwnThread {
            let lab = try Lab()
            do {
                try scenario(FleetSite(lab: lab, nodes: nodes, settings: settings, lingerSilence: lingerSilence))
            } catch {
                let failure = LabFailure("\(error)\n\(lab.logTails(lines: 25))")
                try? lab.close()
                throw failure
            }
            try lab.close()
        }
    }

    private static func join(
        _ lab: Lab,
        _ coordinator: CoordinatorProcess,
        in region: String = region,
        lingerSilence: Duration
    ) throws -> Node {
        let node = try lab.makeNode(region: region)
        node.agent.environment["HOLDFAST_DEVICE_RECONCILE_INTERVAL_MS"] = "500"
        node.agent.environment["HOLDFAST_DEVICE_LINGER_SILENCE_MS"] = "\(Int(lingerSilence.milliseconds))"
        try node.enroll(with: coordinator)
        try node.agent.start()
        try node.agent.wait(for: "its link", within: .seconds(30)) { $0.isLinked }
        return node
    }

    @discardableResult
    func addNode(in region: String = region) throws -> Node {
        let node = try Self.join(lab, coordinator, in: region, lingerSilence: lingerSilence)
        nodes.append(node)
        return node
    }

    /// A node that enrols with a token that somebody else has made, as a provider's machine does.
    func addNode(token: String) throws {
        let node = try lab.makeNode(region: Self.region)
        try node.enroll(with: coordinator, token: token)
        try node.agent.start()
        nodes.append(node)
    }

    func makePeers(_ count: Int) throws {
        for _ in 0..<count { _ = try customer.makePeer(region: Self.region) }
    }

    /// The node whose server the customer's own peer is told to use.
    func home() throws -> Node {
        let configuration = try customer.configuration(of: peer)
        return try unwrap(
            nodes.first { configuration.contains("Endpoint = \($0.address):") },
            "no node of ours in \(configuration)"
        )
    }

    func startPing() throws -> PingProbe {
        try PingProbe(lab: lab, from: client.host, to: LabAddresses.outsideIPv4)
    }

    /// The one row's first column.
    func ask(_ sql: String) throws -> String {
        try coordinator.query(sql).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func health(of node: Node) throws -> String {
        try ask("SELECT health FROM nodes WHERE name = '\(node.name)'")
    }

    /// Each peer has one place, and the kernels of those places have it, and no node is above its capacity.
    func requireSound() throws {
        let homeless = try ask(
            """
            SELECT count(*) FROM peers p WHERE 1 <> (SELECT count(*) FROM assignments a
                WHERE a.peer_id = p.id AND a.state IN ('installing', 'active') AND a.moves_from IS NULL)
            """
        )
        try require(homeless == "0", "\(homeless) peers have no place, or two")
        try require(try ask("SELECT count(*) FROM nodes WHERE peer_count > capacity") == "0", "a node is overfull")
        for node in nodes {
            let keys = try ask(
                """
                SELECT encode(public_key, 'base64') FROM assignments a JOIN nodes n ON n.id = a.node_id
                WHERE n.name = '\(node.name)' AND a.state = 'active' AND n.health = 'alive'
                """
            ).split(separator: "\n").map(String.init)
            let missing = Set(keys).subtracting(try node.kernelPeers().keys)
            try require(missing.isEmpty, "\(missing.count) peers are missing in the kernel of \(node.name)")
        }
    }
}

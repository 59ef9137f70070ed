import BenchmarkSupport
import Foundation
import LabSupport

/// Five nodes, and a client of the first, which has all the peers.
final class BenchmarkedFleet {
    private static let region = "fra1"
    private let lab: Lab
    private let coordinator: CoordinatorProcess
    private let full: Node
    private let customer: Customer
    private let peer: ProvisionedPeer
    private let client: WireGuardClient
    private let peers: Int

    init(_ lab: Lab, peers: Int) throws {
        self.lab = lab
        self.peers = peers
        var settings = CoordinatorProcess.Settings()
        settings.nodeCapacity = peers
        settings.fleet = ["suspect_after_s": 6, "lost_after_s": 12, "moves_per_second": 100_000]
        coordinator = try CoordinatorProcess(lab: lab, settings: settings)
        try coordinator.start()
        full = try Self.join(lab, coordinator)
        let api = coordinator.api
        try api.waitForRegion(Self.region)
        customer = try Customer.subscribe(api, tier: .fleet)
        peer = try customer.makePeer(region: Self.region)
        client = try WireGuardClient(
            host: try lab.makeClient(),
            configuration: try customer.configuration(of: peer),
            keys: peer.keys
        )
        try client.reach(LabAddresses.outsideIPv4)
        // An overfull node would fail the transaction that makes it so.
        _ = try coordinator.query("ALTER TABLE nodes ADD CONSTRAINT never_overfull CHECK (peer_count <= capacity)")
        try fill(full, with: peers - 1)
        for _ in 0..<4 { _ = try Self.join(lab, coordinator) }
    }

    private static func join(_ lab: Lab, _ coordinator: CoordinatorProcess) throws -> Node {
        let node = try lab.makeNode(region: region)
        try node.enroll(with: coordinator)
        try node.agent.start()
        try node.agent.wait(for: "its link", within: .seconds(30)) { $0.isLinked }
        return node
    }

    /// Peers of many customers, as provisioning would have written them, installed by the node as any others.
    private func fill(_ node: Node, with count: Int) throws {
        let before = try node.kernelPeers().count
        _ = try coordinator.query(
            """
            BEGIN;
            WITH node AS (
                UPDATE nodes SET revision = revision + \(count), peer_count = peer_count + \(count)
                WHERE name = '\(node.name)' RETURNING id, revision - \(count) AS revision),
            subscribed AS (
                INSERT INTO subscriptions (id, provider, environment, store_reference, tier, state, created_at,
                    updated_at)
                SELECT id, 'stripe', 'sandbox', id::text, 'basic', 'active', now(), now()
                FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, \(count / 4 + 1))) s RETURNING id),
            numbered AS (SELECT id, row_number() OVER () AS number FROM subscribed),
            made AS (
                INSERT INTO peers (id, subscription_id, public_key, address_index, region, created_at)
                SELECT gen_random_uuid(), s.id, sha256(gen_random_uuid()::text::bytea), nextval('address_indexes'),
                    '\(Self.region)', now()
                FROM generate_series(1, \(count)) AS peer (number) JOIN numbered s ON s.number = peer.number / 4 + 1
                RETURNING id, public_key, address_index)
            INSERT INTO assignments (node_id, peer_id, state, revision, public_key, address_index, created_at)
            SELECT node.id, made.id, 'installing', node.revision + row_number() OVER (), public_key, address_index,
                now() FROM made, node;
            COMMIT
            """
        )
        let waited = try wait(for: "\(count) peers in the kernel", within: .seconds(120), pause: .milliseconds(500)) {
            try node.kernelPeers().count == before + count
        }
        note("\(count) peers are on \(node.name) after \(waited.text)")
    }

    private func ask(_ sql: String) throws -> String {
        try coordinator.query(sql).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Seconds from one moment in the database to another, both by its clock.
    private func seconds(_ sql: String) throws -> Double {
        try unwrap(Double(try ask("SELECT extract(epoch FROM (\(sql)))")), "no time from \(sql)")
    }

    func drain() throws {
        let probe = try PingProbe(lab: lab, from: client.host, to: LabAddresses.outsideIPv4)
        try probe.wait(forAnswers: 20)
        try coordinator.command("node", "drain", full.name)
        // The figures are the database's own: to ask often costs the one processor more than it tells.
        try wait(for: "everyone to have left", within: .seconds(300), pause: .seconds(3)) {
            try ask("SELECT state FROM operations") == "lingering"
        }
        try probe.wait(forAnswers: 20)
        let tally = try probe.stop()
        let taken_s = try seconds("SELECT (SELECT max(switched_at) FROM assignments) - created_at FROM operations")
        Figure("fleet", "drain_s", taken_s, "s", n: peers).emit()
        Figure("fleet", "drain_peers_per_s", Double(peers) / taken_s, "1/s", n: peers).emit()
        Figure("fleet", "drain_lost_packets", Double(tally.lost), "packets", n: tally.sent).emit()
        try client.switchServer(to: try customer.configuration(of: peer))
        try client.reach(LabAddresses.outsideIPv4)
    }

    /// Another node with as many peers dies for good.
    func lose() throws {
        // It has been drained and may have forgotten nobody yet: a fresh one takes its place.
        try coordinator.command("node", "retire", full.name)
        let doomed = try Self.join(lab, coordinator)
        try fill(doomed, with: peers)
        _ = try coordinator.query("UPDATE nodes SET capacity = capacity * 2 WHERE name <> '\(doomed.name)'")
        doomed.agent.kill()
        let node = "(SELECT id FROM nodes WHERE name = '\(doomed.name)')"
        try wait(for: "everyone to have another place", within: .seconds(300), pause: .seconds(3)) {
            try ask("SELECT state FROM operations WHERE kind = 'replace' AND node_id = \(node)") == "done"
        }
        let taken_s = try seconds(
            """
            SELECT (SELECT max(switched_at) FROM assignments) - health_since FROM nodes WHERE id = \(node)
            """
        )
        Figure("fleet", "replace_\(peers / 1000)k_s", taken_s, "s", n: peers).emit()
        try require(
            try ask("SELECT count(*) FROM assignments WHERE node_id = \(node) AND state <> 'removing'") == "0",
            "peers were left behind"
        )
    }
}

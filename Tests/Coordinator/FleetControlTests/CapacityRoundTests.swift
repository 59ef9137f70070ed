import Cryptography
import Database
import FleetPlanning
import Foundation
import Logging
import Model
import NodeProvider
import Store
import Synchronization
import Testing

@testable import FleetControl

@Suite(.timeLimit(.minutes(10)))
struct CapacityRoundTests {
    private static let pin = [UInt8](repeating: 7, count: 32)
    private static let pepper = Pepper(version: 1, key: [UInt8](repeating: 3, count: 32))!

    private func round(
        _ fleet: ControlledFleet,
        script: String?,
        lifetime: Duration = .seconds(1800)
    ) throws -> (CapacityRound, path: String) {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("provider-\(UUID())").path
        try "#!/bin/sh\n\(script ?? "")\n".write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        let cloudInit = CloudInit(coordinators: [HostPort(host: "c.example.net", port: 7443)], repository: "")
        let terms = CapacityTerms(
            mode: script == nil ? .propose : .apply(.command(path), cloudInit),
            policy: CapacityPolicy(cooldown: .seconds(60), keepsHeadroom: false, nodeCapacity: 100),
            lifetime: lifetime,
            providerTimeout: .seconds(20),
            pepper: Self.pepper,
            authorityPin: Self.pin
        )
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return (
            CapacityRound(
                store: fleet.store,
                terms: terms,
                lease: nil,
                logger: logger
            ), path
        )
    }

    private func look(_ round: CapacityRound, _ now: Timestamp, brake: MassFailure? = nil) async throws {
        try await round.run(brake: brake) { now }
    }

    private func states(_ fleet: ControlledFleet) async throws -> [String] {
        try await fleet.store.capacityRequests(openOnly: false, limit: 20).map(\.state).sorted()
    }

    @Test func `peers without a place make a proposal, and nobody is asked`() async throws {
        try await ControlledFleet.with { fleet in
            let only = try await fleet.addNode()
            try await fleet.addPeers(30, to: only)
            _ = try await fleet.drain(only)
            for _ in 0..<2 { try await fleet.look() }
            let (round, _) = try round(fleet, script: nil)
            for _ in 0..<3 { try await look(round, fleet.now) }
            #expect(try await states(fleet) == ["proposed"])
            #expect(try await fleet.number("SELECT count(*) FROM join_tokens") == 0)
        }
    }

    @Test func `the provider is asked for one node, with the same token however often`() async throws {
        try await ControlledFleet.with { fleet in
            let only = try await fleet.addNode()
            try await fleet.addPeers(30, to: only)
            _ = try await fleet.drain(only)
            for _ in 0..<2 { try await fleet.look() }
            let asked = FileManager.default.temporaryDirectory.appendingPathComponent("asked-\(UUID())").path
            let (round, _) = try round(fleet, script: "cat >> \(asked); echo >> \(asked); exit 1")
            for minutes in [0, 10, 20] { try await look(round, fleet.now + .seconds(Int64(minutes * 60))) }
            let lines = try String(contentsOfFile: asked, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 3)
            let tokens = Set(
                lines.compactMap { line in line.firstRange(of: "hfj1.").map { line[$0.lowerBound...].prefix(90) } }
            )
            #expect(tokens.count == 1)
            let ids = Set(lines.compactMap { line in line.split(separator: "\"request_id\":\"").last?.prefix(36) })
            #expect(ids.count == 1)
            let request = try await fleet.store.capacityRequests(openOnly: true, limit: 5)
            #expect(request.map(\.lastError) == ["exit status 1"])
            #expect(request.map(\.attempts) == [3])
        }
    }

    @Test func `a request is fulfilled by the node that enrols with its token, and by nothing that a provider says`()
        async throws
    {
        try await ControlledFleet.with { fleet in
            let only = try await fleet.addNode()
            try await fleet.addPeers(30, to: only)
            _ = try await fleet.drain(only)
            for _ in 0..<2 { try await fleet.look() }
            let (round, _) = try round(fleet, script: #"echo '{"reference":"vm-1"}'"#)
            try await look(round, fleet.now)
            #expect(try await states(fleet) == ["accepted"])
            // A lie: nobody enrols. The token ends with the request, and another one is made.
            try await look(round, fleet.now + .seconds(1801))
            #expect(try await states(fleet) == ["accepted", "expired"])
            #expect(
                try await fleet.number(
                    "SELECT count(*) FROM join_tokens WHERE expires_at > $1",
                    .timestamp((fleet.now + .seconds(1801)).microseconds)
                ) == 1
            )
            try await fleet.execute(
                "UPDATE join_tokens SET redeemed_at = now(), node_id = $1 WHERE expires_at > $2",
                .uuid(only.bytes),
                .timestamp((fleet.now + .seconds(1801)).microseconds)
            )
            try await look(round, fleet.now + .seconds(1802))
            #expect(try await states(fleet) == ["enrolled", "expired"], "the newcomer counts until peers move to it")
        }
    }

    @Test func `a dismissed request is not asked for again`() async throws {
        try await ControlledFleet.with { fleet in
            let only = try await fleet.addNode()
            try await fleet.addPeers(90, to: only)
            let (round, _) = try round(fleet, script: "exit 75")
            // A region that a node has just joined is left in peace for the cool-down.
            try await look(round, fleet.now)
            #expect(try await states(fleet).isEmpty)
            try await look(round, fleet.now + .seconds(61))
            let request = try #require(try await fleet.store.capacityRequests(openOnly: true, limit: 1).first)
            _ = try await fleet.store.dismissCapacityRequest(request.id, by: .operator("alice"), now: fleet.now)
            try await look(round, fleet.now + .seconds(90))
            #expect(try await states(fleet) == ["dismissed"])
        }
    }

    @Test func `a node that can be spared is drained first, and retired when it is empty`() async throws {
        try await ControlledFleet.with { fleet in
            let full = try await fleet.addNode()
            for _ in 0..<3 { try await fleet.addNode() }
            try await fleet.addPeers(20, to: full)
            let (round, _) = try round(fleet, script: "exit 1")
            for _ in 0..<7 { try await fleet.look(after: .seconds(10)) }
            try await look(round, fleet.now)
            let operations = try await fleet.store.operations(openOnly: true, limit: 10)
            #expect(operations.map(\.thenRetire) == [true])
            for _ in 0..<4 { try await fleet.look() }
            #expect(try await fleet.number("SELECT count(*) FROM nodes WHERE retired_at IS NOT NULL") == 1)
            #expect(try await fleet.number("SELECT sum(peer_count)::bigint FROM nodes WHERE retired_at IS NULL") == 20)
        }
    }

    /// A region without a node that takes peers does not wait for the cool-down, but for one who said no.
    @Test func `what a person dismissed is not asked for again before the cool-down, however pressing`() async throws {
        try await ControlledFleet.with { fleet in
            try await fleet.addNode()
            try await fleet.execute("UPDATE nodes SET cordoned = true")
            let (round, _) = try round(fleet, script: "exit 75")
            let start = fleet.now + .seconds(61)
            try await look(round, start)
            let request = try #require(try await fleet.store.capacityRequests(openOnly: true, limit: 1).first)
            _ = try await fleet.store.dismissCapacityRequest(request.id, by: .operator("alice"), now: start)
            try await look(round, start + .seconds(5))
            #expect(try await states(fleet) == ["dismissed"])
            try await look(round, start + .seconds(60))
            #expect(try await states(fleet) == ["asking", "dismissed"])
        }
    }

    @Test func `a provider that lies is asked anew after the cool-down, however pressing the need`() async throws {
        try await ControlledFleet.with { fleet in
            try await fleet.addNode()
            try await fleet.execute("UPDATE nodes SET cordoned = true")
            let (round, _) = try round(fleet, script: #"echo '{"reference":"i-1"}'"#, lifetime: .seconds(30))
            let start = fleet.now + .seconds(61)
            try await look(round, start)
            try await look(round, start + .seconds(30))
            #expect(try await states(fleet) == ["expired"])
            try await look(round, start + .seconds(60))
            #expect(try await states(fleet) == ["accepted", "expired"])
        }
    }

    @Test func `several requests are made at once: one answer that is late holds up no other`() async throws {
        try await ControlledFleet.with { fleet in
            let full = try await fleet.addNode()
            try await fleet.addPeers(60, to: full)
            // Each waits until both have been asked.
            let (round, _) = try round(
                fleet,
                script: #"""
                    mktemp "$0.XXXXXX" >/dev/null
                    until [ "$(ls "$0".* | wc -l)" -ge 2 ]; do sleep 0.05; done
                    echo '{"reference":"i"}'
                    """#
            )
            for _ in 0..<2 {
                _ = try await fleet.store.recordCapacityDecision(
                    region: ControlledFleet.region,
                    reason: "a test",
                    lifetime: .seconds(1800),
                    pepper: Self.pepper,
                    token: { id in
                        Store.joinToken(
                            of: id,
                            region: ControlledFleet.region,
                            authorityPin: Self.pin,
                            pepper: Self.pepper
                        )
                    },
                    lease: nil,
                    now: fleet.now
                )
            }
            try await look(round, fleet.now)
            #expect(try await states(fleet) == ["accepted", "accepted"])
        }
    }

    @Test func `a need that lasts is proposed once, and the proposal ends with the need`() async throws {
        try await ControlledFleet.with { fleet in
            let only = try await fleet.addNode()
            try await fleet.addPeers(30, to: only)
            _ = try await fleet.drain(only)
            for _ in 0..<2 { try await fleet.look() }
            let (round, _) = try round(fleet, script: nil)
            for half in 0..<6 { try await look(round, fleet.now + .seconds(Int64(half * 1000))) }
            #expect(try await states(fleet) == ["proposed"])
            let entries: Statement = "SELECT count(*) FROM audit_entries WHERE action LIKE 'capacity.%'"
            #expect(try await fleet.number(entries) == 1)
            try await fleet.addNode()
            for _ in 0..<3 { try await fleet.look() }
            for half in 6..<9 { try await look(round, fleet.now + .seconds(Int64(half * 1000))) }
            #expect(try await states(fleet) == ["expired"])
            #expect(try await fleet.number(entries) == 2)
        }
    }

    @Test func `nothing is decided while the brake is on`() async throws {
        try await ControlledFleet.with { fleet in
            for _ in 0..<6 { try await fleet.addNode() }
            fleet.silent = Set(fleet.nodes.prefix(3))
            var outcome = try await fleet.look()
            for _ in 0..<6 { outcome = try await fleet.look(after: .seconds(10)) }
            let brake = try #require(outcome.brake)
            let (round, _) = try round(fleet, script: "exit 1")
            try await look(round, fleet.now, brake: brake)
            #expect(try await fleet.number("SELECT count(*) FROM operations") == 0)
        }
    }

    @Test func `after a node was spared, or somebody has kept it, the region has its cool-down`() async throws {
        try await ControlledFleet.with { fleet in
            for _ in 0..<4 { try await fleet.addNode() }
            let (round, _) = try round(fleet, script: "exit 1")
            for _ in 0..<7 { try await fleet.look(after: .seconds(10)) }
            try await look(round, fleet.now)
            let drain = try #require(try await fleet.store.operations(openOnly: true, limit: 1).first)
            _ = try await fleet.store.cancelOperation(drain.id, by: .operator("alice"), now: fleet.now).get()
            try await fleet.look()
            try await look(round, fleet.now)
            #expect(try await fleet.store.operations(openOnly: true, limit: 1).isEmpty)
            for _ in 0..<7 { try await fleet.look(after: .seconds(10)) }
            try await look(round, fleet.now)
            #expect(try await fleet.store.operations(openOnly: true, limit: 1).count == 1)
        }
    }

    @Test func `a region whose last node was retired with peers on it asks for another one`() async throws {
        try await ControlledFleet.with { fleet in
            let only = try await fleet.addNode()
            try await fleet.addPeers(5, to: only)
            _ = try await fleet.store.retireNode(named: fleet.name(only), now: fleet.now)
            fleet.silent = [only]
            for _ in 0..<2 { try await fleet.look() }
            let (round, _) = try round(fleet, script: nil)
            try await look(round, fleet.now)
            #expect(try await states(fleet) == ["proposed"])
        }
    }
}

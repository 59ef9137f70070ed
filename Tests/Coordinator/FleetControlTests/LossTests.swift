import Database
import FleetControl
import FleetPlanning
import Model
import Placement
import Store
import Testing

@Suite(.timeLimit(.minutes(10)))
struct LossTests {
    /// Long enough for a silent node to be lost, in steps as the controllers look.
    private func wait(_ fleet: ControlledFleet) async throws {
        for _ in 0..<14 { try await fleet.look(after: .seconds(10)) }
    }

    @Test func `a lost node's peers are placed elsewhere, and removed from it when it is back`() async throws {
        try await ControlledFleet.with { fleet in
            let dead = try await fleet.addNode()
            for _ in 0..<5 { try await fleet.addNode() }
            try await fleet.addPeers(30, to: dead)
            fleet.silent = [dead]
            try await wait(fleet)
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await fleet.places(on: dead) == 0)
            #expect(try await fleet.rows("removing", on: dead) == 30)
            let operations = try await fleet.store.operations(openOnly: false, limit: 10)
            #expect(operations.map(\.kind) == [.replace])
            #expect(operations[0].state == .done)
            fleet.silent = []
            try await fleet.look(acknowledging: false)
            let nodes = try await fleet.store.fleetInventory(silenceLimit: nil, now: fleet.now).nodes
            let back = try #require(nodes.first { $0.observed.id == dead })
            // Heard again, and not yet at its revision.
            #expect(back.observed.health == .returning)
            #expect(!back.placed.isHealthy)
            try await fleet.acknowledge(dead)
            #expect(try await fleet.number("SELECT count(*) FROM assignments WHERE state = 'removing'") == 0)
        }
    }

    @Test func `a node that is back before its peers have moved keeps them`() async throws {
        try await ControlledFleet.with { fleet in
            let dead = try await fleet.addNode()
            for _ in 0..<5 { try await fleet.addNode(capacity: 1) }
            try await fleet.addPeers(30, to: dead)
            fleet.silent = [dead]
            try await wait(fleet)
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await fleet.places(on: dead) == 25)
            let operation = try await fleet.store.operations(openOnly: true, limit: 10)
            #expect(operation.first?.state == .waiting)
            fleet.silent = []
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await fleet.places(on: dead) == 25)
            let ended = try await fleet.store.operations(openOnly: false, limit: 10)
            #expect(ended[0].state == .done)
            #expect(ended[0].reason == "the node is back: 25 peers stay")
        }
    }

    @Test func `the target of a drain dies, and its share goes elsewhere`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            let dying = try await fleet.addNode()
            for _ in 0..<4 { try await fleet.addNode() }
            try await fleet.addPeers(50, to: old)
            fleet.silent = [dying]
            _ = try await fleet.drain(old)
            try await fleet.look()
            #expect(try await fleet.rows("installing", on: dying) == 10)
            try await wait(fleet)
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await fleet.places(on: old) == 0)
            #expect(try await fleet.places(on: dying) == 0)
        }
    }

    @Test func `a node that dies while it is drained is emptied all the same`() async throws {
        try await ControlledFleet.with(policy: FleetPolicy(movesPerSecond: 3)) { fleet in
            let dying = try await fleet.addNode()
            for _ in 0..<5 { try await fleet.addNode() }
            try await fleet.addPeers(40, to: dying)
            let drain = try await fleet.drain(dying)
            for _ in 0..<3 { try await fleet.look() }
            fleet.silent = [dying]
            try await wait(fleet)
            for _ in 0..<20 { try await fleet.look() }
            #expect(try await fleet.places(on: dying) == 0)
            let record = try await fleet.store.operation(drain)
            #expect(record?.state == .done)
            #expect(record?.reason == "the node is lost and has not confirmed")
        }
    }

    @Test func `when much of the fleet falls silent at once, nobody is moved`() async throws {
        try await ControlledFleet.with { fleet in
            for _ in 0..<6 { try await fleet.addNode() }
            try await fleet.addPeers(10, to: fleet.nodes[0])
            fleet.silent = Set(fleet.nodes.prefix(3))
            var brake: MassFailure?
            for _ in 0..<14 { brake = try await fleet.look(after: .seconds(10)).brake }
            #expect(brake != nil)
            #expect(try await fleet.number("SELECT count(*) FROM operations") == 0)
            #expect(try await fleet.places(on: fleet.nodes[0]) == 10)
            #expect(
                try await fleet.number("SELECT count(*) FROM audit_entries WHERE action = 'fleet.mass_failure'") == 1
            )
        }
    }

    @Test func `a new holder of the lease gives everyone time`() async throws {
        try await ControlledFleet.with { fleet in
            for _ in 0..<6 { try await fleet.addNode() }
            fleet.silent = [fleet.nodes[0]]
            for _ in 0..<11 { try await fleet.look(after: .seconds(10)) }
            fleet.forgetEverything()
            for _ in 0..<11 { try await fleet.look(after: .seconds(10)) }
            #expect(try await fleet.number("SELECT count(*) FROM nodes WHERE health = 'lost'") == 0)
            for _ in 0..<3 { try await fleet.look(after: .seconds(10)) }
            #expect(try await fleet.number("SELECT count(*) FROM nodes WHERE health = 'lost'") == 1)
        }
    }

    @Test func `a retired node's peers are placed elsewhere`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            let other = try await fleet.addNode()
            try await fleet.addPeers(10, to: old)
            _ = try await fleet.store.retireNode(named: fleet.name(old), now: fleet.now)
            fleet.silent = [old]
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await fleet.places(on: other) == 10)
            #expect(try await fleet.number("SELECT count(*) FROM operations WHERE ended_at IS NULL") == 0)
        }
    }
}

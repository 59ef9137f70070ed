import Database
import FleetControl
import FleetPlanning
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DrainTests {
    private func state(_ fleet: ControlledFleet, _ id: OperationID) async throws -> OperationRecord.State? {
        try await fleet.store.operation(id)?.state
    }

    @Test func `a drained node's peers are installed elsewhere before they leave it`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            let first = try await fleet.addNode()
            let second = try await fleet.addNode()
            try await fleet.addPeers(60, to: old)
            let drain = try await fleet.drain(old)
            try await fleet.look(acknowledging: false)
            #expect(try await fleet.places(on: old) == 60)
            #expect(try await fleet.rows("installing", on: first) == 30)
            #expect(try await fleet.rows("installing", on: second) == 30)
            // Nothing switches before the targets have spoken.
            try await fleet.look(acknowledging: false)
            #expect(try await fleet.places(on: old) == 60)
            try await fleet.acknowledge(first)
            try await fleet.look()
            #expect(try await fleet.rows("lingering", on: old) == 30)
            try await fleet.look()
            #expect(try await fleet.rows("lingering", on: old) == 60)
            #expect(try await fleet.places(on: first) == 30)
            #expect(try await fleet.places(on: second) == 30)
            #expect(try await state(fleet, drain) == .lingering)
            let record = try await fleet.store.operation(drain)
            #expect(record?.moved == 60)
            #expect(record?.total == 60)
        }
    }

    @Test func `a drain ends when the node has let go of everyone by itself`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            try await fleet.addNode()
            try await fleet.addPeers(10, to: old)
            let drain = try await fleet.drain(old)
            for _ in 0..<3 { try await fleet.look() }
            try await fleet.report(lingering: 4, by: old)
            try await fleet.look()
            #expect(try await state(fleet, drain) == .lingering)
            try await fleet.report(lingering: 0, by: old)
            try await fleet.look()
            try await fleet.look()
            #expect(try await state(fleet, drain) == .done)
            #expect(try await fleet.number("SELECT count(*) FROM assignments WHERE state <> 'active'") == 0)
        }
    }

    @Test func `at the deadline the node is told to let go, and the drain ends with its word`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            try await fleet.addNode()
            try await fleet.addPeers(10, to: old)
            let drain = try await fleet.drain(old, linger: .seconds(60), thenRetire: true)
            for _ in 0..<3 { try await fleet.look() }
            try await fleet.report(lingering: 10, by: old)
            try await fleet.look(acknowledging: false, after: .seconds(61))
            #expect(try await fleet.rows("removing", on: old) == 10)
            try await fleet.look(acknowledging: false)
            #expect(try await state(fleet, drain) == .lingering)
            try await fleet.acknowledge(old)
            try await fleet.look()
            #expect(try await state(fleet, drain) == .done)
            #expect(try await fleet.number("SELECT count(*) FROM nodes WHERE retired_at IS NOT NULL") == 1)
        }
    }

    @Test func `what does not fit stays, the drain says what is missing, and goes on when there is room`() async throws
    {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            let small = try await fleet.addNode(capacity: 20)
            try await fleet.addPeers(50, to: old)
            let drain = try await fleet.drain(old)
            for _ in 0..<4 { try await fleet.look() }
            let record = try await fleet.store.operation(drain)
            #expect(record?.state == .waiting)
            #expect(record?.unplaced == 30)
            #expect(record?.reason?.contains("30 peers have no place") == true)
            #expect(try await fleet.places(on: small) == 20)
            try await fleet.addNode()
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await fleet.places(on: old) == 0)
            #expect(try await state(fleet, drain) == .lingering)
        }
    }

    @Test func `the last node of a region keeps its peers`() async throws {
        try await ControlledFleet.with { fleet in
            let only = try await fleet.addNode()
            try await fleet.addNode(region: RegionName("ams1")!)
            try await fleet.addPeers(5, to: only)
            let drain = try await fleet.drain(only)
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await state(fleet, drain) == .waiting)
            #expect(try await fleet.places(on: only) == 5)
        }
    }

    @Test(arguments: 0..<5)
    func `cancelled after any step, everyone has one place and the cordon is lifted`(steps: Int) async throws {
        try await ControlledFleet.with(policy: FleetPolicy(movesPerSecond: 10)) { fleet in
            let old = try await fleet.addNode()
            let target = try await fleet.addNode()
            try await fleet.addPeers(30, to: old)
            let drain = try await fleet.drain(old)
            for step in 0..<steps { try await fleet.look(acknowledging: step % 2 == 1) }
            _ = try await fleet.store.cancelOperation(drain, by: .operator("alice"), now: fleet.now).get()
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await state(fleet, drain) == .cancelled)
            #expect(try await fleet.number("SELECT count(*) FROM assignments WHERE moves_from IS NOT NULL") == 0)
            #expect(try await fleet.places(on: old) + fleet.places(on: target) == 30)
            #expect(try await fleet.number("SELECT count(*) FROM nodes WHERE cordoned") == 0)
            let again = try await fleet.store.cancelOperation(drain, by: .operator("alice"), now: fleet.now)
            #expect(again == .failure(.isOver(.cancelled)))
        }
    }

    @Test func `a coordinator that forgets everything between any two looks still drains`() async throws {
        try await ControlledFleet.with(policy: FleetPolicy(movesPerSecond: 7)) { fleet in
            let old = try await fleet.addNode()
            for _ in 0..<3 { try await fleet.addNode() }
            try await fleet.addPeers(40, to: old)
            let drain = try await fleet.drain(old)
            var looks = 0
            while try await state(fleet, drain) != .lingering {
                fleet.forgetEverything()
                try await fleet.look(acknowledging: looks % 3 != 0)
                looks += 1
                try #require(looks < 60)
            }
            #expect(try await fleet.places(on: old) == 0)
        }
    }

    @Test func `two drained nodes do not feed each other`() async throws {
        try await ControlledFleet.with { fleet in
            let first = try await fleet.addNode()
            let second = try await fleet.addNode()
            try await fleet.addPeers(10, to: first)
            try await fleet.addPeers(10, to: second)
            let drains = [try await fleet.drain(first), try await fleet.drain(second)]
            for _ in 0..<4 { try await fleet.look() }
            for drain in drains { #expect(try await state(fleet, drain) == .waiting) }
            let third = try await fleet.addNode()
            for _ in 0..<4 { try await fleet.look() }
            #expect(try await fleet.places(on: third) == 20)
        }
    }

    @Test func `asked twice, a drain is one drain`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            try await fleet.addNode()
            try await fleet.addPeers(3, to: old)
            let first = try await fleet.drain(old)
            #expect(try await fleet.drain(old) == first)
            #expect(try await fleet.number("SELECT count(*) FROM operations") == 1)
        }
    }

    @Test func `a peer whose targets refuse it stays where it is, and the others go`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            let target = try await fleet.addNode()
            try await fleet.addPeers(5, to: old)
            let key = try await fleet.store.pool.read { transaction in
                try transaction.query("SELECT public_key FROM peers ORDER BY id LIMIT 1")[0].bytes("public_key")
            }
            let refused = try #require(PublicKey(uncheckedBytes: key))
            let drain = try await fleet.drain(old)
            for _ in 0..<8 {
                try await fleet.look(acknowledging: false)
                try await fleet.acknowledge(target, refusing: [refused])
            }
            #expect(try await fleet.places(on: old) == 1)
            #expect(try await fleet.places(on: target) == 4)
            let record = try await fleet.store.operation(drain)
            #expect(record?.state == .waiting)
            #expect(record?.reason == "1 peers were refused by several nodes")
            #expect(record?.unplaced == 0, "another place would be of no use to it")
        }
    }

    @Test func `a peer that its owner deletes in mid-move is gone from both nodes`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            try await fleet.addNode()
            try await fleet.addPeers(1, to: old)
            let drain = try await fleet.drain(old)
            try await fleet.look(acknowledging: false)
            let peer = try await fleet.store.peers(of: fleet.subscription)[0]
            #expect(peer.placement?.nodeID == old)
            let nodes = try await fleet.store.removePeer(peer.id, of: fleet.subscription, now: fleet.now)
            #expect(nodes?.count == 2)
            for _ in 0..<2 { try await fleet.look() }
            #expect(try await fleet.number("SELECT count(*) FROM assignments") == 0)
            #expect(try await state(fleet, drain) == .done)
        }
    }

    @Test func `a peer that comes back to where it lingers takes its old place there`() async throws {
        try await ControlledFleet.with { fleet in
            let first = try await fleet.addNode()
            let second = try await fleet.addNode(capacity: 5)
            try await fleet.addPeers(5, to: first)
            let drain = try await fleet.drain(first)
            for _ in 0..<3 { try await fleet.look() }
            try await fleet.report(lingering: 5, by: first)
            _ = try await fleet.store.cancelOperation(drain, by: .operator("alice"), now: fleet.now).get()
            try await fleet.look()
            #expect(try await fleet.rows("lingering", on: first) == 5)
            _ = try await fleet.store.setCordon(false, ofNodeNamed: fleet.name(first), now: fleet.now)
            _ = try await fleet.drain(second)
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await fleet.places(on: first) == 5)
            #expect(try await fleet.rows("lingering", on: second) == 5)
        }
    }
}

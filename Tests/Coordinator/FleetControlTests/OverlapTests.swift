import Database
import Model
import Store
import Testing

/// Operations that meet another operation, a loss, or somebody who has changed their mind.
@Suite(.timeLimit(.minutes(10)))
struct OverlapTests {
    private func state(_ fleet: ControlledFleet, _ id: OperationID) async throws -> OperationRecord.State? {
        try await fleet.store.operation(id)?.state
    }

    @Test func `a drain does not end before what another drain has sent to its node`() async throws {
        try await ControlledFleet.with { fleet in
            let first = try await fleet.addNode()
            let second = try await fleet.addNode()
            let third = try await fleet.addNode()
            try await fleet.addPeers(10, to: first)
            _ = try await fleet.drain(first)
            try await fleet.look(acknowledging: false)
            #expect(try await fleet.rows("installing", on: second) == 5)
            let drain = try await fleet.drain(second)
            try await fleet.look(acknowledging: false)
            #expect(try await state(fleet, drain) == .lingering)
            for _ in 0..<6 { try await fleet.look() }
            #expect(try await state(fleet, drain) == .done)
            #expect(try await fleet.places(on: second) == 0)
            #expect(try await fleet.places(on: third) == 10)
        }
    }

    @Test func `a node that was lost under its drain is emptied though the drain is cancelled`() async throws {
        try await ControlledFleet.with { fleet in
            let dying = try await fleet.addNode()
            for _ in 0..<5 { try await fleet.addNode(capacity: 1) }
            try await fleet.addPeers(30, to: dying)
            let drain = try await fleet.drain(dying)
            fleet.silent = [dying]
            for _ in 0..<14 { try await fleet.look(after: .seconds(10)) }
            #expect(try await state(fleet, drain) == .waiting)
            _ = try await fleet.store.cancelOperation(drain, by: .operator("alice"), now: fleet.now).get()
            try await fleet.look()
            #expect(try await state(fleet, drain) == .cancelled)
            try await fleet.addNode()
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await fleet.places(on: dying) == 0)
        }
    }

    @Test func `peers do not stay on a retired node because somebody cancels`() async throws {
        try await ControlledFleet.with { fleet in
            let only = try await fleet.addNode()
            try await fleet.addPeers(3, to: only)
            _ = try await fleet.store.retireNode(named: fleet.name(only), now: fleet.now)
            let operation = try #require(try await fleet.store.operations(openOnly: true, limit: 1).first)
            let refused = try await fleet.store.cancelOperation(operation.id, by: .operator("alice"), now: fleet.now)
            #expect(refused == .failure(.nodeIsRetired))
            fleet.silent = [only]
            let next = try await fleet.addNode()
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await fleet.places(on: next) == 3)
        }
    }

    @Test func `asked again, a drain takes what is asked for now, also for who has moved already`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            try await fleet.addNode()
            try await fleet.addPeers(3, to: old)
            let drain = try await fleet.drain(old)
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await fleet.rows("lingering", on: old) == 3)
            // Who says nothing changes nothing.
            let again = try await fleet.store.startDrain(
                ofNodeNamed: fleet.name(old),
                linger: nil,
                by: .operator("bob"),
                now: fleet.now
            ).get()
            #expect(again.id == drain && again.linger == .seconds(3600) && !again.thenRetire)
            #expect(try await fleet.drain(old, linger: .seconds(60), thenRetire: true) == drain)
            try await fleet.look(after: .seconds(61))
            for _ in 0..<2 { try await fleet.look() }
            #expect(try await state(fleet, drain) == .done)
            #expect(try await fleet.number("SELECT count(*) FROM nodes WHERE retired_at IS NOT NULL") == 1)
            let changes: Statement = "SELECT count(*) FROM audit_entries WHERE action = 'operation.changed'"
            #expect(try await fleet.number(changes) == 1)
        }
    }

    @Test func `a drain asked for while a lost node is replaced goes on when the node is back`() async throws {
        try await ControlledFleet.with { fleet in
            let dead = try await fleet.addNode()
            for _ in 0..<5 { try await fleet.addNode(capacity: 1) }
            try await fleet.addPeers(30, to: dead)
            fleet.silent = [dead]
            for _ in 0..<14 { try await fleet.look(after: .seconds(10)) }
            let drain = try await fleet.drain(dead)
            fleet.silent = []
            for _ in 0..<3 { try await fleet.look() }
            let record = try await fleet.store.operation(drain)
            #expect(record?.kind == .drain && record?.state == .waiting)
            try await fleet.addNode()
            for _ in 0..<3 { try await fleet.look() }
            #expect(try await fleet.places(on: dead) == 0)
            _ = try await fleet.store.cancelOperation(drain, by: .operator("alice"), now: fleet.now).get()
            #expect(try await fleet.number("SELECT count(*) FROM nodes WHERE cordoned") == 0)
        }
    }

    @Test func `an operation that waits for a node which installs nothing says so`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            try await fleet.addNode()
            try await fleet.addPeers(3, to: old)
            let drain = try await fleet.drain(old)
            for _ in 0..<2 { try await fleet.look(acknowledging: false) }
            let reason = try await fleet.store.operation(drain)?.reason
            #expect(reason == "waiting for the new nodes to install what is on its way")
            for _ in 0..<2 { try await fleet.look() }
            #expect(try await fleet.store.operation(drain)?.reason == nil)
        }
    }

    @Test func `a cordon that somebody asked for outlives the drain that had made one`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            try await fleet.addPeers(1, to: node)
            let drain = try await fleet.drain(node)
            let cordon = { try await fleet.store.setCordon(true, ofNodeNamed: fleet.name(node), now: fleet.now) }
            #expect(try await cordon() == .changed(peerCount: 1))
            #expect(try await cordon() == .unchanged)
            _ = try await fleet.store.cancelOperation(drain, by: .operator("alice"), now: fleet.now).get()
            #expect(try await fleet.number("SELECT count(*) FROM nodes WHERE cordoned") == 1)
        }
    }
}

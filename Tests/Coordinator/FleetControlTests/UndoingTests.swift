import Database
import FleetPlanning
import Model
import Store
import Testing

/// What a rollback built on may have changed when it is carried out.
@Suite(.timeLimit(.minutes(10)))
struct UndoingTests {
    private func newest(_ action: String, _ fleet: ControlledFleet) async throws -> Int64 {
        try await fleet.number("SELECT max(id) FROM audit_entries WHERE action = $1", .text(action))
    }

    private func undo(_ entry: Int64, _ fleet: ControlledFleet) async throws -> [RollbackOutcome] {
        let rollback = try #require(try await fleet.store.planRollback(.entry(entry)))
        var outcomes: [RollbackOutcome] = []
        for step in rollback.plan.steps {
            outcomes.append(
                try await fleet.store.carryOut(step, of: rollback, by: .operator("alice"), now: fleet.now)
            )
        }
        return outcomes
    }

    @Test func `a setting that was changed after the plan stays as it is`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            let edit = { (edit: NodeEdit) in
                try await fleet.store.editNode(named: fleet.name(node), edit, by: .operator("bob"), now: fleet.now)
            }
            _ = try await edit(NodeEdit(capacity: 200, labels: ["rack": "a"]))
            let entry = try await newest("node.edited", fleet)
            let rollback = try #require(try await fleet.store.planRollback(.entry(entry)))
            let step = try #require(rollback.plan.steps.first)
            _ = try await edit(NodeEdit(labels: ["rack": "b"]))
            let outcome = try await fleet.store.carryOut(step, of: rollback, by: .operator("alice"), now: fleet.now)
            #expect(outcome == .overtaken)
            #expect(try await fleet.store.node(named: fleet.name(node))?.capacity == 200)
            _ = try await edit(NodeEdit(labels: ["rack": "a"]))
            #expect(
                try await fleet.store.carryOut(step, of: rollback, by: .operator("alice"), now: fleet.now)
                    == .done([])
            )
            #expect(try await fleet.store.node(named: fleet.name(node))?.capacity == 100)
        }
    }

    @Test func `a move back that is withdrawn has undone nothing, and can be asked for again`() async throws {
        try await ControlledFleet.with { fleet in
            let first = try await fleet.addNode()
            let second = try await fleet.addNode()
            try await fleet.addPeers(1, to: first)
            let drain = try await fleet.drain(first)
            for _ in 0..<3 { try await fleet.look() }
            _ = try await fleet.store.cancelOperation(drain, by: .operator("alice"), now: fleet.now).get()
            try await fleet.look()
            let entry = try await newest("peer.moved", fleet)
            #expect(try await undo(entry, fleet) == [.done([first])])
            #expect(try await undo(entry, fleet) == [])
            // The old node is drained anew before the peer is back.
            let again = try await fleet.drain(first)
            try await fleet.look(acknowledging: false)
            #expect(try await fleet.places(on: second) == 1)
            var filter = AuditFilter()
            filter.action = "peer.moved"
            #expect(try await fleet.store.audit(filter, limit: 1).map(\.undoneBy) == [nil])
            _ = try await fleet.store.cancelOperation(again, by: .operator("alice"), now: fleet.now).get()
            for _ in 0..<2 { try await fleet.look() }
            #expect(try await undo(entry, fleet) == [.done([first])])
            for _ in 0..<2 { try await fleet.look() }
            #expect(try await fleet.places(on: first) == 1)
        }
    }
}

import Database
import FleetControl
import FleetPlanning
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RolloutTests {
    private func told(_ fleet: ControlledFleet) async throws -> Set<String> {
        let names = try await fleet.store.pool.read { transaction in
            try transaction.query("SELECT name FROM nodes WHERE desired_version = '1.4.0'").map { try $0.text("name") }
        }
        return Set(names)
    }

    /// What nodes do that were told a version: they come back with it.
    private func upgrade(_ fleet: ControlledFleet) async throws {
        try await fleet.execute("UPDATE nodes SET agent_version = desired_version WHERE desired_version IS NOT NULL")
    }

    private func started(_ fleet: ControlledFleet, nodes: Int, waves: [String]) async throws -> RolloutID {
        for _ in 0..<nodes { try await fleet.addNode() }
        try await fleet.execute(
            "UPDATE nodes SET agent_version = '1.3.0', peers_in_table = 0, peers_in_kernel = 0"
        )
        return try await fleet.store.startRollout(
            of: "1.4.0",
            waves: waves,
            replacing: false,
            by: .operator("alice"),
            now: fleet.now
        ).get().id
    }

    private func state(_ fleet: ControlledFleet, _ id: RolloutID) async throws -> RolloutRecord.State? {
        try await fleet.store.rollout(id)?.0.state
    }

    @Test func `a version reaches the fleet in waves, each after the one before has proved itself`() async throws {
        try await ControlledFleet.with { fleet in
            let id = try await started(fleet, nodes: 6, waves: ["1", "50%", "100%"])
            for _ in 0..<3 { try await fleet.stepRollout() }
            #expect(try await told(fleet).count == 1)
            try await fleet.stepRollout(after: .seconds(300))
            #expect(try await told(fleet).count == 1)
            var sizes: [Int] = []
            for _ in 0..<40 {
                try await upgrade(fleet)
                try await fleet.stepRollout(after: .seconds(10))
                sizes.append(try await told(fleet).count)
            }
            #expect(Set(sizes) == [1, 3, 6])
            #expect(try await state(fleet, id) == .done)
        }
    }

    @Test func `a version that never comes up halts the rollout, and one command takes it back`() async throws {
        try await ControlledFleet.with { fleet in
            let id = try await started(fleet, nodes: 4, waves: ["1", "100%"])
            for _ in 0..<3 { try await fleet.stepRollout() }
            for _ in 0..<5 { try await fleet.stepRollout(after: .seconds(200)) }
            #expect(try await state(fleet, id) == .halted)
            #expect(try await told(fleet).count == 1)
            _ = try await fleet.store.rollBackRollout(id, by: .operator("alice"), now: fleet.now).get()
            #expect(try await told(fleet).isEmpty)
            try await fleet.stepRollout()
            #expect(try await state(fleet, id) == .rolledBack)
            #expect(try await fleet.number("SELECT count(*) FROM nodes WHERE desired_version = '1.3.0'") == 1)
        }
    }

    @Test func `a node that refuses peers with the new version halts the rollout at once`() async throws {
        try await ControlledFleet.with { fleet in
            let id = try await started(fleet, nodes: 4, waves: ["1", "100%"])
            for _ in 0..<3 { try await fleet.stepRollout() }
            try await upgrade(fleet)
            try await fleet.execute("UPDATE nodes SET refused_changes = 1 WHERE desired_version IS NOT NULL")
            try await fleet.stepRollout()
            #expect(try await state(fleet, id) == .halted)
        }
    }

    @Test func `the end of a rollout that was replaced is told once`() async throws {
        try await ControlledFleet.with { fleet in
            let start = { (version: String) in
                try await fleet.store.startRollout(
                    of: version,
                    waves: ["100%"],
                    replacing: true,
                    by: .operator("alice"),
                    now: fleet.now
                ).get().id
            }
            let first = try await start("1.4.0")
            _ = try await start("1.4.1")
            try await fleet.store.endRollback(of: first, lease: nil, now: fleet.now)
            let ends: Statement = "SELECT count(*) FROM audit_entries WHERE action = 'rollout.ended'"
            #expect(try await fleet.number(ends) == 1)
        }
    }
}

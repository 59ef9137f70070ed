import FleetPlanning
import Model
import Testing

/// Hours of a small fleet's life in ticks, with a clock that jumps and a coordinator that stops: one seed repeats them.
@Suite struct HealthHistoryTests {
    @Test(arguments: 0..<30) func `whatever the clock does, only nodes that are dead are doubted`(seed: UInt64) {
        var fleet = HealthHistory(seed: seed, nodes: 12)
        for _ in 0..<1000 {
            fleet.disturb()
            fleet.tick()
            for change in fleet.changes {
                #expect(fleet.isDead(change.node) || change.to == .alive || change.to == .returning)
            }
        }
    }

    @Test(arguments: 0..<30) func `a dead node is lost once the clock is quiet, and comes back to be alive`(
        seed: UInt64
    ) {
        var fleet = HealthHistory(seed: seed, nodes: 12)
        for _ in 0..<300 {
            fleet.disturb()
            fleet.tick()
        }
        fleet.revive()
        fleet.run(seconds: 3600)
        #expect(fleet.healths == Array(repeating: .alive, count: 12))
        fleet.kill(3)
        fleet.run(seconds: 60)
        #expect(fleet.healths[3] == .suspect)
        fleet.run(seconds: 70)
        #expect(fleet.healths[3] == .lost)
        fleet.revive()
        fleet.run(seconds: 20)
        #expect(fleet.healths[3] == .returning)
        fleet.run(seconds: 600)
        #expect(fleet.healths[3] == .alive)
    }

    @Test(arguments: 0..<30) func `half a fleet that falls silent is doubted and never lost`(seed: UInt64) {
        var fleet = HealthHistory(seed: seed, nodes: 12)
        fleet.run(seconds: 600)
        for number in 0..<6 { fleet.kill(number) }
        for _ in 0..<200 {
            fleet.run(seconds: 30)
            #expect(!fleet.healths.contains(.lost))
        }
        #expect(fleet.healths == Array(repeating: .suspect, count: 6) + Array(repeating: .alive, count: 6))
    }
}

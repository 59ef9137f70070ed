import BenchmarkSupport
import FleetPlanning
import Model
import Placement

/// The planner over whole fleets, in memory: half of the nodes are left, and the others take their peers.
@main
struct FleetPlanBenchmark {
    private static let repetitions = 5

    static func main() {
        let small = emit("plan_100k_peers_s", SyntheticFleet(nodes: 1_000, peers: 100_000, regions: 20))
        let large = emit("plan_1m_peers_s", SyntheticFleet(nodes: 10_000, peers: 1_000_000, regions: 20))
        // What ten times the peers and nodes cost, for each tenth: 1 is linear.
        Figure("fleet", "plan_growth_per_10x", large / small / 10, "x", n: repetitions).emit()
        emit("plan_1m_peers_one_region_s", SyntheticFleet(nodes: 10_000, peers: 1_000_000, regions: 1))
        emit("plan_1m_peers_spread_s", SyntheticFleet(nodes: 10_000, peers: 1_000_000, regions: 20, household: 5))
        emit(
            "plan_1m_peers_no_room_s",
            SyntheticFleet(nodes: 10_000, peers: 1_000_000, regions: 20, room_permille: 500)
        )
    }

    /// The median of some runs.
    @discardableResult
    private static func emit(_ name: String, _ fleet: SyntheticFleet) -> Double {
        var sample = Sample()
        for _ in 0..<repetitions {
            let plan = sample.time { planMoves(of: fleet.leaving, in: fleet.view, policy: PlacementPolicy()) }
            fleet.check(plan)
        }
        let median_s = sample.percentile_ms(50) / 1000
        Figure("fleet", name, median_s, "s", n: repetitions).emit()
        return median_s
    }
}

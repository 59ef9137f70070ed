import FleetSimulation
import Testing

/// Short stories; `make simulate SEEDS=n` tells longer ones.
@Suite(.serialized)
struct SimulationTests {
    @Test(.timeLimit(.minutes(10)), arguments: 1...4 as ClosedRange<UInt64>)
    func `no peer is lost, doubled or placed above a capacity, and all comes to rest`(seed: UInt64) async throws {
        let size = Simulation.Size(nodes: 20, peers: 150, duration: .seconds(400))
        let story = try await Simulation(seed: seed, size: size).run()
        #expect(story.peers > 0)
    }

    @Test(.timeLimit(.minutes(10)))
    func `one seed is one story`() async throws {
        let size = Simulation.Size(nodes: 10, peers: 50, duration: .seconds(200))
        let first = try await Simulation(seed: 77, size: size).run()
        let second = try await Simulation(seed: 77, size: size).run()
        #expect(first == second)
    }
}

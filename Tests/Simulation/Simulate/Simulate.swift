import ArgumentParser
import FleetSimulation
import Foundation

/// Runs stories of a fleet under a virtual clock, one for each seed, and stops at the first that goes wrong.
@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast-simulate",
        abstract: "Simulates a fleet with its faults; a seed that fails is told, and fails again when it is replayed."
    )

    @Option(help: "How many stories.")
    var seeds = 10

    @Option(help: "The first seed; a single story is replayed with --from SEED --seeds 1.")
    var from: UInt64 = 1

    @Option(help: "Nodes in the fleet.")
    var nodes = 200

    @Option(help: "Peers at the beginning.")
    var peers = 3000

    @Option(help: "Simulated minutes of faults.")
    var minutes = 20

    func validate() throws {
        guard seeds > 0, nodes >= 10, peers >= 0, minutes > 0 else {
            throw ValidationError("--seeds, --minutes must be positive, --nodes at least 10")
        }
    }

    func run() async throws {
        for seed in from..<from + UInt64(seeds) {
            let clock = ContinuousClock()
            let start = clock.now
            let simulation = try Simulation(
                seed: seed,
                size: .init(nodes: nodes, peers: peers, duration: .seconds(minutes * 60))
            )
            let story = try await simulation.run()
            let took = (clock.now - start).components.seconds
            print(
                "seed \(seed): \(story.peers) peers, \(story.moved) moves in \(story.drains) drains and "
                    + "\(story.losses) losses, \(story.coordinatorDeaths) coordinators killed, "
                    + "\(story.brakes) brakes; all well (\(took) s)"
            )
        }
    }
}

import ArgumentParser
import BenchmarkSupport
import Foundation
import LabSupport

/// A drain and a loss of a node with 10,000 peers, in the lab's kernel: coordinator, database, nodes and clients all on
/// its one processor.
@main
struct DrainBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast-bench-drain",
        abstract: "Measures how fast a full node is drained, and how fast a dead one's peers are placed elsewhere."
    )

    @Option(help: "Peers on the node.")
    var peers = 10_000

    @Flag(help: .hidden)
    var inside = false

    func validate() throws {
        guard (10...50_000).contains(peers) else { throw ValidationError("--peers must be from 10 to 50000") }
    }

    func run() throws {
        guard !inside else { return try measure() }
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        let status = try Command([
            "Tests/Lab/kernel/run", "-m", "6G", "-t", "1200", "--", own, "--inside", "--peers", "\(peers)",
        ]).passThrough()
        try require(status == 0, "the part in the lab ended with status \(status)")
    }

    private func measure() throws {
        let lab = try Lab()
        do {
            let fleet = try BenchmarkedFleet(lab, peers: peers)
            try fleet.drain()
            try fleet.lose()
        } catch {
            note("what the programs said last:\n\(lab.logTails())")
            try? lab.close()
            throw error
        }
        try lab.close()
    }
}

/// For people: standard output is for figures.
func note(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
}

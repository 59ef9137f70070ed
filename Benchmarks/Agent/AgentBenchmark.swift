import ArgumentParser
import Foundation
import LabSupport

/// What the agent costs on a node with many peers, beside WireGuard's own tool with the same peers in the same kernel.
///
/// Figures go to standard output, one JSON object a line; everything else to standard error.
@main
struct AgentBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast-bench-agent",
        abstract: "Measures the agent beside wg, in the lab's kernel.",
        discussion: "Run it by `make bench-agent`, or with `lab` inside Tests/Lab/kernel/run."
    )

    @Argument(help: "lab: here, which must be inside Tests/Lab/kernel/run. all: in a kernel that is started for it.")
    var mode = Mode.all

    @Option(help: "Peers of the large table.")
    var peers = 100_000

    @Option(help: "How often each restore, comparison and dump of the large table is measured.")
    var rounds = 3

    enum Mode: String, ExpressibleByArgument, CaseIterable { case lab, all }

    func validate() throws {
        guard peers >= 10_000, rounds > 0 else { throw ValidationError("at least 10000 peers, and one round") }
    }

    func run() throws {
        switch mode {
        case .lab: try measure()
        case .all: try runInLab()
        }
    }

    /// The same program once more, in the lab's kernel.
    private func runInLab() throws {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        let status = try Command([
            "Tests/Lab/kernel/run", "-m", "6G", "-t", "3000", "--", own, "lab", "--peers", "\(peers)", "--rounds",
            "\(rounds)",
        ]).passThrough()
        try require(status == 0, "the run in the lab ended with status \(status)")
    }

    private func measure() throws {
        let lab = try Lab()
        do {
            try Measurements(lab: lab, large: peers, rounds: rounds).run()
        } catch {
            note("what the programs said last:\n\(lab.logTails())")
            try? lab.close()
            throw error
        }
        try lab.close()
    }
}

/// To standard error.
func note(_ text: String) {
    FileHandle.standardError.write(Data("agent: \(text)\n".utf8))
}

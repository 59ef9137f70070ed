import ArgumentParser
import Foundation
import LabSupport

/// What a provision costs, beside what the field does today and what the database could do at best.
///
/// Figures go to standard output, one JSON object a line; everything else to standard error.
@main
struct ProvisionBenchmark: ParsableCommand {
    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case lab, host, all
    }

    static let configuration = CommandConfiguration(
        commandName: "holdfast-bench-provision",
        abstract: "Measures provisioning against ssh (in the lab's kernel) and against pgbench (on the host)."
    )

    @Argument(help: "lab: inside Tests/Lab/kernel/run. host: here. all: both, one after the other.")
    var mode = Mode.all

    @Option(help: "How many provisions are timed on each route in the lab (at least 200 for figures to publish).")
    var samples = 200

    @Option(help: "How long provisions, and as long pgbench, run on the host, in seconds.")
    var seconds = 30

    @Option(help: "A folder on the disk whose fsync is to be measured.")
    var directory = "/var/tmp"

    func validate() throws {
        guard samples > 0, seconds > 0 else { throw ValidationError("samples and seconds must be positive") }
    }

    func run() throws {
        switch mode {
        case .lab: try LabMode(samples: samples).run()
        case .host: try HostMode(seconds: seconds, parent: directory).run()
        case .all:
            try runInLab()
            try HostMode(seconds: seconds, parent: directory).run()
        }
    }

    /// The same program once more, in the lab's kernel.
    private func runInLab() throws {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        let status = try Command([
            "Tests/Lab/kernel/run", "-m", "4G", "-t", "1200", "--", own, "lab", "--samples", "\(samples)",
        ]).passThrough()
        try require(status == 0, "the part in the lab ended with status \(status)")
    }
}

import ArgumentParser
import BenchmarkSupport
import Foundation
import LabSupport
import StandInServer

/// What the stores' webhooks cost, beside what the database could do at best, and how soon a payment is a tunnel.
///
/// Figures go to standard output, one JSON object a line; everything else to standard error.
@main
struct BillingBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast-bench-billing",
        abstract: "Measures signed webhooks against pgbench on the embedded database, and payments up to their peers."
    )

    @Option(help: "How long webhooks, and as long pgbench, run, in seconds.")
    var seconds = 30

    @Option(help: "How many payments are followed up to their peers.")
    var payments = 300

    @Option(help: "How many events wait when it is measured how fast they are settled.")
    var events = 30_000

    @Option(help: "A folder on the disk whose fsync is to be measured.")
    var directory = "/var/tmp"

    func validate() throws {
        guard seconds > 0, payments > 0, events > 0 else {
            throw ValidationError("seconds, payments and events must be positive")
        }
    }

    func run() async throws {
        let (seconds, payments, events, directory) = (seconds, payments, events, directory)
        try await StandInServer.run(answering: { request, _ in StripeStandIn.answer(request) }) { _, base in
            try await onOwnThread {
                try BillingRun(
                    seconds: seconds,
                    payments: payments,
                    events: events,
                    parent: directory,
                    stripe: base
                )
                .run()
            }
        }
    }
}

/// To standard error.
func note(_ text: String) {
    FileHandle.standardError.write(Data("billing: \(text)\n".utf8))
}

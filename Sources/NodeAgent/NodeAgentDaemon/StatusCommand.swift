import ArgumentParser
import DaemonRuntime
import Model

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how the running agent fares.",
        discussion: "Exit status 69 when no agent answers. The tunnels do not depend on the agent's running."
    )

    @Option(name: .long, help: "The configuration file (default: \(AgentSettings.defaultPath), if there is one).")
    var config: String?

    @Option(name: .long, help: "The running agent's socket.")
    var statusSocket: String?

    @Flag(name: .long, help: "Print the whole JSON document.")
    var json = false

    func run() throws {
        try Failure.exiting { () throws(Failure) in
            let override = AgentSettings.statusSocket.overridden(by: statusSocket, flag: "--status-socket")
            let document = try StatusClient.ask(try AgentSettings.load(config, [override])[AgentSettings.statusSocket])
            if json { return print(String(decoding: PrintableText.escaped(json: Array(document.utf8)), as: UTF8.self)) }
            guard let report = StatusReport(json: document) else {
                throw Failure(.protocolViolation, "the agent is of another version: ask with --json")
            }
            print(PrintableText.lines(report.lines.joined(separator: "\n")))
        }
    }
}

import ArgumentParser
import DaemonRuntime
import Model

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look for what keeps this node from working, and say what to do about it.",
        discussion: """
            Changes nothing, and may run beside the agent. Exit status 0 when nothing failed, 1 when something did;
            warnings do not count. Run it as root, or the kernel cannot be asked.
            """
    )

    @OptionGroup var node: NodeOptions

    @Option(name: .long, help: "The running agent's socket.")
    var statusSocket: String?

    @Flag(name: .long, help: "Print a JSON array of findings.")
    var json = false

    func run() throws {
        let socket = AgentSettings.statusSocket.overridden(by: statusSocket, flag: "--status-socket")
        let findings = Examination(node, [socket]).perform { finding in
            if !json { print(PrintableText.lines(finding.line)) }
        }
        if json { print(JSON.array(findings.map(\.document)).text) }
        if findings.contains(where: { $0.verdict == .failed }) { throw ExitCode(1) }
    }
}

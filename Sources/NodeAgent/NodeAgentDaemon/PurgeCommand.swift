import ArgumentParser
import CoordinatorLink
import DaemonRuntime
import Glibc
import Model
import WireGuardDevice

struct PurgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Take this node out of service: every tunnel ends, and its keys and peers are erased.",
        discussion: """
            The coordinator is not told: drain and retire the node there first. Stop the agent before.
            Safe to repeat; says what it removed.
            """
    )

    @OptionGroup var node: NodeOptions

    @Flag(name: .long, help: "Do it.")
    var yes = false

    func run() throws {
        try Failure.exiting { () throws(Failure) in
            guard yes else {
                throw Failure(.usage, "this ends every tunnel and erases the node's keys: say `--yes` to do it")
            }
            let removed = try Purge(try node.settings()).perform()
            print(removed.isEmpty ? "nothing to remove" : removed.map { "removed \($0)" }.joined(separator: "\n"))
        }
    }
}

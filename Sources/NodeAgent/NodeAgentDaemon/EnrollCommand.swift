import ArgumentParser
import CoordinatorLink
import Cryptography
import DaemonRuntime
import Glibc
import LinkProtocol
import Model
import PeerTable
import WireGuardDevice

struct EnrollCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll",
        abstract: "Trade a join token for this node's certificate.",
        discussion: """
            Safe to repeat after a crash or a lost answer: the node keeps its keys, and the coordinator gives the same
            node back. The token comes from a file, from standard input (`-`), from HOLDFAST_JOIN_TOKEN, or from
            systemd's credential `join-token`.
            """
    )

    @Option(
        name: .long,
        help: "HOST:PORT of the coordinator; several separated by commas (default: the setting link.coordinators)."
    )
    var coordinator: String?

    @Option(name: .long, help: "The file that holds the join token; `-`: standard input.")
    var tokenFile: String?

    @Option(
        name: .long,
        help: """
            HOST:PORT where clients reach this node (default: the setting node.endpoint, else the address that the link \
            comes from).
            """
    )
    var endpoint: String?

    @Option(name: .long, help: "A name for people (default: the host's name).")
    var name: String?

    @Option(name: .long, help: "WireGuard's UDP port (default: the setting node.listen_port, else 51820).")
    var listenPort: UInt16?

    @Option(
        name: .long,
        help: "The WireGuard interface's name (default: the setting device.interface, else holdfast0)."
    )
    var interface: String?

    @OptionGroup var node: NodeOptions

    @Flag(name: .long, help: "Enrol anew, as another node, although this one is enrolled. Its peers stay until told.")
    var force = false

    func run() throws {
        try Failure.exiting { () throws(Failure) in
            umask(0o077)
            let settings = try node.settings()
            let wanted = try Enrolling(self, settings)
            let directory = StateDirectory(path: settings[AgentSettings.stateDirectory])
            try directory.create()
            try directory.lock()
            print(try wanted.perform(in: directory))
        }
    }
}

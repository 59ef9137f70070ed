import ArgumentParser
import DaemonRuntime
import Glibc

struct ExitPolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exit-policy",
        abstract: "What peers may reach through this node: load it, take it away, or show it.",
        discussion: """
            The policy is an nftables table of its own, `inet \(ExitPolicy.table)`, in a file for the operator to edit \
            (setting `exit.policy_file`). It is replaced in one transaction: as a whole, or not at all.
            """,
        subcommands: [Load.self, Unload.self, Show.self]
    )
}

extension ExitPolicyCommand {
    struct Load: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "load",
            abstract: "Put the policy into force, in place of what was, and then let the host forward.",
            discussion: "Exit status 78 when nftables or the kernel refuses the file; what was in force then stays."
        )

        @OptionGroup var node: NodeOptions

        @Flag(name: .long, help: "Only say whether the policy could be loaded.")
        var check = false

        func run() throws {
            try Failure.exiting { () throws(Failure) in
                let policy = try node.policy()
                let filter = PacketFilter()
                do throws(Failure) {
                    _ = try policy.readFile()
                    try filter.check(policy.trialInput, from: policy.file)
                    guard !check else { return }
                    try filter.apply(policy.input, what: "\(policy.file) cannot be loaded; what was in force stays")
                } catch {
                    guard !check, try !filter.has(table: ExitPolicy.table) else { throw error }
                    try filter.apply(policy.lockdown, what: "the tunnel cannot be closed")
                    throw Failure(error.status, "\(error.message)\nnone was in force: peers reach nothing until it is")
                }
                try Forwarding().enable(besides: policy.interface)
            }
        }
    }

    struct Unload: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unload",
            abstract: "Take the policy's table away, and nothing else.",
            discussion: """
                Forwarding stays as it is, and running tunnels stay up: without the policy, a host that forwards \
                passes on whatever peers send, to private networks too.
                """
        )

        func run() throws {
            try Failure.exiting { () throws(Failure) in
                try PacketFilter().apply(ExitPolicy.removal, what: "the exit policy cannot be taken away")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Print what `load` would give to nft.",
            discussion: "What is in force, with counters: `nft list table inet \(ExitPolicy.table)`."
        )

        @OptionGroup var node: NodeOptions

        func run() throws {
            try Failure.exiting { () throws(Failure) in
                let policy = try node.policy()
                print(policy.inputInFull(fileText: try policy.readFile()), terminator: "")
            }
        }
    }
}

extension ExitPolicy {
    /// - Throws: with a clear word for a file that is missing, unreadable or none.
    func readFile() throws(Failure) -> String {
        try Failure.wrapping(Failure.init) { () throws(DurableFileError) in
            String(decoding: try DurableFile.read(file, limit_bytes: 1 << 20), as: UTF8.self)
        }
    }
}

extension NodeOptions {
    func policy() throws(Failure) -> ExitPolicy {
        let settings = try settings()
        let directory = StateDirectory(path: settings[AgentSettings.stateDirectory])
        guard directory.identity.exists else {
            throw errno == EACCES ? Failure(call: "read", directory.path) : directory.notEnrolled
        }
        let record = try directory.nodeRecord()
        return try Failure.wrapping(Failure.init) { () throws(SettingsError) in
            try ExitPolicy(settings, AgentConfiguration(settings, record))
        }
    }
}

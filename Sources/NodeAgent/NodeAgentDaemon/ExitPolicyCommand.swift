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
                let loader = try node.policyLoader()
                if check { try loader.check() } else { try loader.load() }
            }
        }
    }

    struct Unload: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unload",
            abstract: "Take the policy's table away, and nothing else.",
            discussion: """
                Forwarding stays as it is, and running tunnels stay up: without the policy, a host that forwards \
                passes on whatever peers send, to private networks too. A running agent would put the policy back \
                (setting `exit.guard`): stop it first.
                """
        )

        @OptionGroup var node: NodeOptions

        func run() throws {
            try Failure.exiting { () throws(Failure) in
                let settings = try node.settings()
                let isGuarded = settings[AgentSettings.exitGuard] == AgentConfiguration.ExitGuard.repair.rawValue
                guard !isGuarded || !StateDirectory(path: settings[AgentSettings.stateDirectory]).isInUse else {
                    throw Failure(
                        .temporaryFailure,
                        "the agent is running, and would put the policy back: stop it first, or set `exit.guard`"
                    )
                }
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
                let loader = try node.policyLoader()
                let text = try loader.policy.readFile()
                print(loader.policy.inputInFull(fileText: text, loader.beforeAsKnown()), terminator: "")
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
    func policyLoader() throws(Failure) -> ExitPolicyLoader {
        let settings = try settings()
        let directory = StateDirectory(path: settings[AgentSettings.stateDirectory])
        guard directory.identity.exists else {
            throw errno == EACCES ? Failure(call: "read", directory.path) : directory.notEnrolled
        }
        return try ExitPolicyLoader(settings, try directory.nodeRecord())
    }
}

extension ExitPolicyLoader {
    init(_ settings: Settings, _ record: NodeRecord) throws(Failure) {
        let policy = try Failure.wrapping(Failure.init) { () throws(SettingsError) in
            try ExitPolicy(settings, AgentConfiguration(settings, record))
        }
        self.init(
            policy: policy,
            memory: ForwardingMemory(directory: settings[AgentSettings.exitStateDirectory])
        )
    }
}

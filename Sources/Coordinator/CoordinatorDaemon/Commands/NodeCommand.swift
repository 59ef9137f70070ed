import ArgumentParser
import DaemonRuntime
import Store

struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Look at nodes and change what they may take.",
        subcommands: [List.self, Cordon.self, Uncordon.self, Drain.self, Retire.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the nodes that are not retired.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await reportingFailures {
                let nodes = try await withStore(of: try options.load()) { try await $0.nodes() }
                for line in NodeTable.lines(nodes, now: SystemClock.now()) { print(line) }
            }
        }
    }

    struct Cordon: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Keep new peers away from a node; its peers stay.")
        @Argument(help: "The node's name or id.") var name: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await change(options, name) { try await $0.setCordon(true, ofNodeNamed: name, now: SystemClock.now()) }
        }
    }

    struct Uncordon: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let new peers come to a node again.")
        @Argument(help: "The node's name or id.") var name: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await change(options, name) { try await $0.setCordon(false, ofNodeNamed: name, now: SystemClock.now()) }
        }
    }

    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move every peer of a node away; it goes on by itself."
        )
        @Argument(help: "The node's name or id.") var name: String
        @Option(help: "Seconds for which the node keeps a moved peer. Default: fleet.linger_s.") var linger: Int?
        @Flag(help: "Retire the node once it is empty.") var thenRetire = false
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard let linger else { return }
            guard (0...2_592_000).contains(linger) else {
                throw ValidationError("--linger must be from 0 to 2592000 seconds (30 days)")
            }
        }

        func run() async throws {
            try await reportingFailures {
                let settings = try options.load()
                let linger = linger.map { Duration.seconds($0) } ?? settings[Declared.linger]
                let outcome = try await withStore(of: settings) { store in
                    try await store.startDrain(
                        ofNodeNamed: name,
                        linger: linger,
                        thenRetire: thenRetire,
                        by: .console,
                        now: SystemClock.now()
                    )
                }
                let operation = try outcome.mapError { StartFailure.operation("\($0)") }.get()
                print("\(operation.id): \(operation.total) peers leave \(name)")
            }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a node out of the fleet for good; its certificate is refused from then on."
        )
        @Argument(help: "The node's name or id.") var name: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await change(options, name) { store in
                let change = try await store.retireNode(named: name, now: SystemClock.now())
                if case .changed(let peers) = change, peers > 0 {
                    StandardError.print("\(name) still had \(peers) peers, which nobody serves now")
                }
                return change
            }
        }
    }
}

private func change(
    _ options: SettingsOptions,
    _ name: String,
    _ body: @Sendable (Store) async throws -> NodeChange
) async throws {
    try await reportingFailures {
        let change = try await withStore(of: try options.load(), body)
        if change == .unknownNode { throw StartFailure.unknownNode(name) }
    }
}

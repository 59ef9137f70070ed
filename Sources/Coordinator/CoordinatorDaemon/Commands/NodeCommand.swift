import ArgumentParser
import DaemonRuntime
import Store

struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Look at nodes and change what they may take.",
        subcommands: [List.self, Cordon.self, Uncordon.self, Retire.self]
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
        @Argument(help: "The node's name.") var name: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await change(options, name) { try await $0.setCordon(true, ofNodeNamed: name, now: SystemClock.now()) }
        }
    }

    struct Uncordon: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let new peers come to a node again.")
        @Argument(help: "The node's name.") var name: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await change(options, name) { try await $0.setCordon(false, ofNodeNamed: name, now: SystemClock.now()) }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a node out of the fleet for good; its certificate is refused from then on."
        )
        @Argument(help: "The node's name.") var name: String
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

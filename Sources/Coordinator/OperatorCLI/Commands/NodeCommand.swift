import ArgumentParser
import Model

struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Exit nodes: look at them, empty them, take them out of the fleet.",
        subcommands: [
            List.self, Show.self, Cordon.self, Uncordon.self, DrainCommand.self, Cancel.self, Retire.self,
            EditCommand.self, Accept.self, JoinTokenCommand.self,
        ]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the nodes that are not retired.")
        @Option(help: "Only those of this region.") var region: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let nodes = try await client.list("nodes", "nodes", ["region": region])
                try options.show(.object(["nodes": .array(nodes)])) { now in Views.nodes(nodes, now: now) }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Everything about one node.")
        @Argument(help: "The node's name or id.") var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let node = try await client.get("nodes/\(try RequestTarget.segment(name))")
                try options.show(node) { now in Views.details(node, now: now) }
            }
        }
    }

    struct Cordon: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Keep new peers away from a node; its peers stay.")
        @Argument(help: "The node's name or id.") var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let node = try await client.post("nodes/\(try RequestTarget.segment(name))/cordon")
                try options.say("\(name) is cordoned: it takes no new peers", node)
            }
        }
    }

    struct Uncordon: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let new peers come to a node again.")
        @Argument(help: "The node's name or id.") var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let node = try await client.post("nodes/\(try RequestTarget.segment(name))/uncordon")
                try options.say("\(name) takes new peers", node)
            }
        }
    }

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Agree to a node's new endpoint, or to the other machine that it runs on now.",
            discussion: """
                Clients are sent to the endpoint that a node states. One in another network than before waits for this, and \
                the node takes no new peers meanwhile: `node show` tells both. Make sure that the node has really moved.
                """
        )
        @Argument(help: "The node's name.") var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let node = try await client.post("nodes/\(try RequestTarget.segment(name))/accept")
                try options.say("\(name) is accepted as it is", node)
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop what runs on a node, such as a drain; peers that have moved stay where they are."
        )
        @Argument(help: "The node's name or id.") var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let node = try await client.get("nodes/\(try RequestTarget.segment(name))")
                guard let id = node.string("operation") else {
                    throw CommandFailure.nothing("nothing runs on \(name) that could be cancelled")
                }
                let operation = try await client.post("operations/\(id)/cancel")
                try options.say("operation \(id) is being cancelled", operation)
            }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a node out of the fleet for good; its certificate is refused from then on."
        )
        @Argument(help: "The node's name or id.") var name: String
        @Flag(help: "Also a node with peers: they are placed elsewhere, without a transition.") var force = false
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let answer = try await client.post(
                    "nodes/\(try RequestTarget.segment(name))/retire",
                    ["force": .boolean(force)]
                )
                try options.say("\(name) is retired", answer)
            }
        }
    }
}

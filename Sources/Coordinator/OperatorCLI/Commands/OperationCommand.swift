import ArgumentParser

struct OperationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operation",
        abstract: "Drains, replacements and other work that takes a while.",
        subcommands: [List.self, Show.self, Watch.self, Cancel.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List operations, the newest first.")
        @Flag(help: "Also what is over.") var all = false
        @Option(help: "Only those of this node.") var node: String?
        @Option(help: "How many at most.") var limit = 100
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let operations = try await client.list(
                    "operations",
                    "operations",
                    ["open": all ? nil : "true", "node": node],
                    limit: max(1, limit)
                )
                try options.show(.object(["operations": .array(operations)])) { now in
                    Views.operations(operations, now: now)
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Everything about one operation.")
        @Argument(help: "The operation's id.") var id: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let operation = try await client.get("operations/\(try RequestTarget.segment(id))")
                try options.show(operation) { now in Views.details(operation, now: now) }
            }
        }
    }

    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show an operation's progress until it is over.",
            discussion:
                "Exit status 0 when it is done, 1 failed, 2 cancelled, 75 when it waits for room or for too long."
        )
        @Argument(help: "The operation's id.") var id: String
        @Option(help: "'moved' is enough when every peer has switched.") var until = DrainCommand.End.done
        @Option(help: "Give up after this, such as 30m.") var timeout: DurationArgument?
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                try await OperationWatch(
                    client: client,
                    id: try RequestTarget.segment(id),
                    isJSON: options.isJSON,
                    timeout: timeout?.duration,
                    untilMoved: until == .moved
                ).run()
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop an operation; peers that have moved stay where they are."
        )
        @Argument(help: "The operation's id.") var id: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let operation = try await client.post("operations/\(try RequestTarget.segment(id))/cancel")
                try options.say("operation \(id) is being cancelled", operation)
            }
        }
    }
}

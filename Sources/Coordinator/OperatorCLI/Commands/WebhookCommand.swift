import ArgumentParser

struct WebhookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook",
        abstract: "The stores' events that were set aside for a person.",
        discussion: """
            An event is set aside where nobody should guess: a product that no tier names, an order that nobody \
            registered, a store that was silent for a week. Mend what the reason says, then retry.
            """,
        subcommands: [List.self, Retry.self, Dismiss.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List them, the oldest first.")
        @Option(help: "Only this store's: stripe, apple or google.") var store: String?
        @Option(help: "How many at most.") var limit = 100
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let events = try await client.list(
                    "webhooks/parked",
                    "events",
                    ["store": store],
                    limit: max(1, limit)
                )
                try options.show(.object(["events": .array(events)])) { now in Views.parked(events, now: now) }
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Try events anew; all of them with --all.")
        @Argument(help: "The store and the event's id, as STORE/EVENT.") var event: ParkedEventArgument?
        @Flag(help: "Every event that was set aside.") var all = false
        @Option(help: "With --all, only this store's.") var store: String?
        @OptionGroup var options: Options

        func validate() throws {
            guard (event != nil) != all else { throw ValidationError("name one event as STORE/EVENT, or give --all") }
            guard store == nil || all else { throw ValidationError("--store goes with --all") }
        }

        func run() async throws {
            try await options.run { client in
                let changed =
                    if let event {
                        try await client.post("\(try event.path)/retry")
                    } else {
                        try await client.post("webhooks/parked/retry", store.map { ["store": .string($0)] } ?? [:])
                    }
                try options.say("\(changed.integer("changed") ?? 0) tried anew", changed)
            }
        }
    }

    struct Dismiss: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let an event be without any effect.")
        @Argument(help: "The store and the event's id, as STORE/EVENT.") var event: ParkedEventArgument
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let changed = try await client.post("\(try event.path)/dismiss")
                try options.say("\(event.text) is dismissed", changed)
            }
        }
    }
}

struct ParkedEventArgument: ExpressibleByArgument {
    let text: String
    private let store: String
    private let event: String

    init?(argument: String) {
        guard let slash = argument.firstIndex(of: "/") else { return nil }
        text = argument
        store = String(argument[..<slash])
        event = String(argument[argument.index(after: slash)...])
        guard !store.isEmpty, !event.isEmpty else { return nil }
    }

    var path: String {
        get throws { "webhooks/parked/\(try RequestTarget.segment(store))/\(try RequestTarget.segment(event))" }
    }
}

import ArgumentParser

struct SubscriptionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscription",
        abstract: "Single subscriptions, for those who help customers.",
        subcommands: [Explain.self]
    )

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Why a subscription gives what it gives, fact by fact.",
            discussion: "Its id is in GET /v1/subscription, in the audit log and in the answer to a claim."
        )
        @Argument(help: "The subscription's id.") var subscription: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let found = try await client.get("subscriptions/\(try RequestTarget.segment(subscription))/explain")
                try options.show(found) { _ in Views.facts(found.array("facts")) }
            }
        }
    }
}

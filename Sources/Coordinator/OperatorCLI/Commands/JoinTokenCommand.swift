import ArgumentParser

struct JoinTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join-token",
        abstract: "Tokens that enrol nodes.",
        subcommands: [Create.self, List.self, Revoke.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a token that enrols one node, once.")
        @Option(help: "The region that the node will belong to, such as fra1.") var region: String
        @Option(help: "How long the token is good, from 1m to 30d.") var ttl = DurationArgument(argument: "1h")!
        @Option(help: "Whoever repeats the command with the same key gets the same token.") var idempotencyKey: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let made = try await client.post(
                    "join-tokens",
                    ["region": .string(region), "lifetime_s": .integer(ttl.seconds)],
                    headers: idempotencyKey.map { ["Idempotency-Key": $0] } ?? [:]
                )
                try options.say(made.string("token") ?? "", made)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List join tokens, without their secrets.")
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let tokens = try await client.list("join-tokens", "join_tokens")
                try options.show(.object(["join_tokens": .array(tokens)])) { now in Views.joinTokens(tokens, now: now) }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a token that no node has used.")
        @Argument(help: "The token's id, as `list` shows it.") var id: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let answer = try await client.send(.delete, "join-tokens/\(try RequestTarget.segment(id))")
                try options.say("join token \(id) enrols nobody", answer)
            }
        }
    }
}

import ArgumentParser

struct RolloutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Bring a version of the agent to the fleet, wave by wave.",
        subcommands: [Start.self, List.self, Show.self, Halt.self, Resume.self, Rollback.self]
    )

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Begin a rollout; tunnels stay up throughout.",
            discussion: "A wave that does not come back in order halts it: see `rollout show`."
        )
        @Argument(help: "The version of the agent's package, such as 1.4.0.") var version: String
        @Option(help: "Counts of nodes, or shares of the fleet.") var waves = "1,10%,50%,100%"
        @Flag(help: "End the rollout that is under way.") var replace = false
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let rollout = try await client.post(
                    "rollouts",
                    [
                        "version": .string(version), "replace": .boolean(replace),
                        "waves": .array(waves.split(separator: ",").map { .string(String($0)) }),
                    ]
                )
                try options.say("rollout \(rollout.string("id") ?? "") of \(version) is under way", rollout)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List rollouts, the newest first.")
        @Option(help: "How many at most.") var limit = 20
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let rollouts = try await client.list("rollouts", "rollouts", limit: max(1, limit))
                try options.show(.object(["rollouts": .array(rollouts)])) { now in Views.rollouts(rollouts, now: now) }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One rollout with its nodes; the newest without an id."
        )
        @Argument(help: "The rollout's id.") var id: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let rollout = try await client.get("rollouts/\(try await rolloutID(id, openOnly: false, client))")
                try options.show(rollout) { now in
                    Views.rollouts([rollout], now: now) + [""] + Views.rolloutNodes(rollout.array("nodes"), now: now)
                }
            }
        }
    }

    struct Halt: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop where it is: no further node is told the version."
        )
        @Argument(help: "The rollout's id; the one that is under way without it.") var id: String?
        @OptionGroup var options: Options

        func run() async throws { try await change(id, "halt", "is halted", options) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Go on with the wave where it stopped.")
        @Argument(help: "The rollout's id; the one that is under way without it.") var id: String?
        @OptionGroup var options: Options

        func run() async throws { try await change(id, "resume", "goes on", options) }
    }

    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give every node the version that it ran before, at once."
        )
        @Argument(help: "The rollout's id; the one that is under way without it.") var id: String?
        @OptionGroup var options: Options

        func run() async throws { try await change(id, "rollback", "is being rolled back", options) }
    }
}

private func change(_ id: String?, _ verb: String, _ outcome: String, _ options: Options) async throws {
    try await options.run { client in
        let id = try await rolloutID(id, openOnly: true, client)
        let rollout = try await client.post("rollouts/\(id)/\(verb)")
        try options.say("rollout \(id) \(outcome)", rollout)
    }
}

/// The rollout that is meant where none is named: there is one under way at most.
private func rolloutID(_ id: String?, openOnly: Bool, _ client: AdminClient) async throws -> String {
    if let id { return try RequestTarget.segment(id) }
    let newest = try await client.list("rollouts", "rollouts", limit: 1).first
    guard let newest, let id = newest.string("id"), !openOnly || newest.string("ended_at") == nil else {
        throw CommandFailure.nothing("no rollout is under way")
    }
    return id
}

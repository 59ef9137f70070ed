import ArgumentParser
import Model

struct RegionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "region",
        abstract: "Regions.",
        subcommands: [List.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Each region with its nodes taken together.")
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let regions = try await client.get("regions")
                try options.show(regions) { _ in Views.regions(regions.array("regions")) }
            }
        }
    }
}

struct PeerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer",
        abstract: "Single peers, for those who help customers.",
        subcommands: [Show.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "How a peer stands, and where.")
        @Argument(help: "The peer's id or its public key.") var peer: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let found =
                    if PeerID(peer) != nil {
                        try await client.get("peers/\(peer)")
                    } else {
                        try await client.get("peers", ["public_key": peer])
                    }
                try options.show(found) { now in Views.details(found, now: now) }
            }
        }
    }
}

struct WhoamiCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Whose certificate this is, and what it may do."
    )
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client in
            let caller = try await client.get("whoami")
            try options.show(caller) { now in Views.details(caller, now: now) }
        }
    }
}

struct CapacityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capacity",
        abstract: "Nodes that regions ask of the provider.",
        subcommands: [List.self, Dismiss.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What the regions ask for, the newest first.")
        @Flag(help: "Also what is over.") var all = false
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let requests = try await client.list("capacity", "requests", ["open": all ? nil : "true"], limit: 200)
                try options.show(.object(["requests": .array(requests)])) { now in Views.capacity(requests, now: now) }
            }
        }
    }

    struct Dismiss: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a request: the provider is not asked again.")
        @Argument(help: "The request's id.") var id: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client in
                let request = try await client.post("capacity/\(try RequestTarget.segment(id))/dismiss")
                try options.say("request \(id) is dismissed", request)
            }
        }
    }
}

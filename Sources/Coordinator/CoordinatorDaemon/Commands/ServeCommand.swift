import ArgumentParser

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve apps, webhooks and nodes until SIGTERM or SIGINT."
    )

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        try await reportingFailures {
            try await serve(try options.load())
        }
    }
}

import ArgumentParser
import DaemonRuntime

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "What can be set.",
        subcommands: [Example.self]
    )

    struct Example: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a TOML file with every setting, its default and what it is for."
        )

        func run() {
            print(AgentSettings.catalogue.exampleFile, terminator: "")
        }
    }
}

import ArgumentParser
import DaemonRuntime
import Glibc

@main
struct HoldfastAgent: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast-agent",
        abstract: "Keeps an exit node's WireGuard peers as the coordinator says, and as they are when it is away.",
        discussion: """
            A node is enrolled once, with a join token, and then runs for ever:

              holdfast-agent enroll --coordinator coordinator.example.net:7443 --token-file token
              holdfast-agent run

            Exit statuses: 0 success; 64 wrong usage; 66 a file is missing; 69 the coordinator or the agent cannot be
            reached, or refuses; 74 a file cannot be read or written; 75 try again later; 77 a privilege is missing;
            78 a person has to change something first (configuration, a damaged table, a kernel without WireGuard).
            """,
        version: Version.current,
        subcommands: [
            RunCommand.self, EnrollCommand.self, StatusCommand.self, PeersCommand.self, ResetTableCommand.self,
            ConfigCommand.self, VersionCommand.self,
        ]
    )
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() { print("holdfast-agent \(Version.current)") }
}

import ArgumentParser
import DaemonRuntime

@main
struct Holdfast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast",
        abstract: "Look after a fleet of VPN exit nodes, through the coordinator.",
        discussion: """
            Whom you act as, and on which coordinator, is in a profile: ~/.config/holdfast/NAME.toml, made by \
            `holdfast-coordinator operator add` on the coordinator's machine.

            Exit statuses: 0 done; 1 refused or failed; 2 the operation that was waited for was cancelled; 64 a mistake in \
            the command line; 66 no profile; 69 the coordinator cannot be reached; 75 try again later, or an operation waits \
            for room; 77 not permitted; 78 a damaged profile.
            """,
        version: Version.current,
        subcommands: [
            NodeCommand.self, RegionCommand.self, PeerCommand.self, SubscriptionCommand.self, OperationCommand.self,
            AuditCommand.self,
            CapacityCommand.self, RolloutCommand.self, WebhookCommand.self, TopCommand.self, WhoamiCommand.self,
            ProfileCommand.self,
            VersionCommand.self,
        ]
    )
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        print("holdfast \(Version.current)")
    }
}

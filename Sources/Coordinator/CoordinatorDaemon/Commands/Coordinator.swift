import ArgumentParser
import DaemonRuntime

@main
struct Coordinator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast-coordinator",
        abstract: "Turns subscriptions into WireGuard peers on a fleet of nodes.",
        discussion: """
            Settings come from a TOML file (--config), the environment (HOLDFAST_<SECTION>_<KEY>) and options, of which \
            the last wins; `holdfast-coordinator config example` prints them all.
            """,
        version: Version.current,
        subcommands: [
            ServeCommand.self, JoinTokenCommand.self, NodeCommand.self, OperatorCommand.self, PepperCommand.self,
            AuditCommand.self,
            ConfigCommand.self, VersionCommand.self,
        ]
    )
}

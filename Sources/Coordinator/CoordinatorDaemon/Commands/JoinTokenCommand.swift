import ArgumentParser
import CertificateAuthority
import Cryptography
import DaemonRuntime
import Model
import SecretStore
import Store

struct JoinTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join-token",
        abstract: "Tokens that enrol nodes.",
        subcommands: [Create.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a token that enrols one node, once. A coordinator must be running."
        )

        @Option(help: "The region that the node will belong to, such as fra1.") var region: RegionArgument
        @Option(help: "How long the token is good: a number with s, m, h or d, at most 30d.")
        var ttl = TokenLifetime(argument: "1h")!
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await reportingFailures {
                let settings = try options.load()
                let token = try await withStore(of: settings) { store in
                    let secrets = Secrets(settings)
                    guard let authority = try secrets.existingAuthority() else {
                        throw StartFailure.noAuthority(path: secrets.store.path(of: .authorityKey))
                    }
                    return try await store.createJoinToken(
                        region: region.region,
                        authorityPin: authority.pin,
                        lifetime: ttl.duration,
                        pepper: try secrets.store.pepper(mayMake: false),
                        now: SystemClock.now()
                    )
                }
                print(token.token.text.reveal())
            }
        }
    }
}

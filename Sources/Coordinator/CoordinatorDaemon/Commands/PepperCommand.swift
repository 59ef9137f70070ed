import ArgumentParser
import Cryptography
import DaemonRuntime
import SecretStore
import Store

/// The key under which tokens are hashed before they are stored.
struct PepperCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pepper",
        abstract: "Replace the pepper that tokens are hashed with, without ending one of them.",
        discussion: """
            Four steps; after each of the first two, copy the file to every coordinator and restart it, so that none meets \
            a token that it cannot verify. prepare adds a new pepper, switch takes it into use. Each token is stored under \
            it when it is next used. Once status says that few are left under the old one, forget ends those, and their \
            owners claim again. Join tokens that were not used before the switch are void.
            """,
        subcommands: [Status.self, Prepare.self, Switch.self, Forget.self]
    )

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count the tokens under each pepper. A coordinator must be running."
        )
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await reportingFailures {
                let settings = try options.load()
                let peppers = try Secrets(settings).store.peppers(mayMake: false)
                let counts = try await withStore(of: settings) { try await $0.tokenCounts(now: SystemClock.now()) }
                for pepper in peppers.all {
                    let name = pepper.version == peppers.current.version ? "in use" : "other"
                    print("\(name)  version \(pepper.version)  \(counts[pepper.version, default: 0]) tokens")
                }
                let known = Set(peppers.all.map(\.version))
                for (version, count) in counts.sorted(by: { $0.key < $1.key }) where !known.contains(version) {
                    print("gone  version \(version)  \(count) tokens that nobody can use any more")
                }
            }
        }
    }

    struct Prepare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new pepper, which verifies and is not yet in use."
        )
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await change(options) { store throws(SecretError) in
                try store.preparePepper()
            } report: { peppers in
                "made version \(peppers.other?.version ?? 0); copy the file to every coordinator, restart them, then switch"
            }
        }
    }

    struct Switch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the other pepper into use; the one before verifies still."
        )
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await change(options) { store throws(SecretError) in
                try store.switchPepper()
            } report: { peppers in
                "version \(peppers.current.version) is in use once every coordinator has the file and was restarted"
            }
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End the pepper that is not in use, and the tokens that are still under it."
        )
        @Flag(help: "Do it although tokens are left under it.") var force = false
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await reportingFailures {
                let settings = try options.load()
                let store = Secrets(settings).store
                guard let other = try store.peppers(mayMake: false).other else { return print("there is one pepper") }
                let counts = try await withStore(of: settings) { try await $0.tokenCounts(now: SystemClock.now()) }
                let left = counts[other.version, default: 0]
                guard left == 0 || force else { throw StartFailure.pepperInUse(tokens: left) }
                _ = try await DirectoryOwner.acting(for: settings.dataDirectory) { try store.forgetOtherPepper() }
                print("forgot version \(other.version); \(left) tokens end with it at the next restart")
            }
        }
    }
}

private func change(
    _ options: SettingsOptions,
    _ change: @Sendable (SecretStore) throws(SecretError) -> Peppers,
    report: (Peppers) -> String
) async throws {
    try await reportingFailures {
        let settings = try options.load()
        let peppers = try await DirectoryOwner.acting(for: settings.dataDirectory) {
            try change(Secrets(settings).store)
        }
        print(report(peppers))
    }
}

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
            rotate makes a new pepper and keeps the old one beside it; restart every coordinator then. Each token is \
            stored under the new pepper when it is next used. Once status says that few are left under the old one, \
            forget ends those, and their owners claim again. Join tokens that were not used before a rotation are void.
            """,
        subcommands: [Status.self, Rotate.self, Forget.self]
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
                    let name = pepper.version == peppers.current.version ? "current" : "previous"
                    print("\(name)  version \(pepper.version)  \(counts[pepper.version, default: 0]) tokens")
                }
                let known = Set(peppers.all.map(\.version))
                for (version, count) in counts.sorted(by: { $0.key < $1.key }) where !known.contains(version) {
                    print("gone  version \(version)  \(count) tokens that nobody can use any more")
                }
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a new pepper; the old one stays good.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await reportingFailures {
                let settings = try options.load()
                let peppers = try await DirectoryOwner.acting(for: settings.dataDirectory) {
                    try Secrets(settings).store.rotatePepper()
                }
                print("made version \(peppers.current.version); now restart every coordinator that has these secrets")
            }
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End the old pepper, and the tokens that are still under it."
        )
        @Flag(help: "Do it although tokens are left under the old pepper.") var force = false
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await reportingFailures {
                let settings = try options.load()
                let store = Secrets(settings).store
                guard let previous = try store.peppers(mayMake: false).previous else {
                    return print("there is no old pepper")
                }
                let counts = try await withStore(of: settings) { try await $0.tokenCounts(now: SystemClock.now()) }
                let left = counts[previous.version, default: 0]
                guard left == 0 || force else { throw StartFailure.pepperInUse(tokens: left) }
                _ = try await DirectoryOwner.acting(for: settings.dataDirectory) {
                    try store.forgetPreviousPepper()
                }
                print("forgot version \(previous.version); \(left) tokens ended with it at the next restart")
            }
        }
    }
}

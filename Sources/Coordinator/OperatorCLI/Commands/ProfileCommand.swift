import ArgumentParser
import DaemonRuntime

struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Whom you act as, and on which coordinator.",
        subcommands: [List.self, Show.self, Use.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the profiles in ~/.config/holdfast.")
        @OptionGroup var options: Options

        func run() async throws {
            try await reportingFailures(isJSON: options.isJSON) {
                let folder = ProfileFolder(environment: ProcessEnvironment.current())
                let current = folder.current ?? (folder.names.count == 1 ? folder.names.first : nil)
                var table = Table([("", .left), ("NAME", .left), ("OPERATOR", .left), ("COORDINATOR", .left)])
                var rows: [JSONDocument] = []
                for name in folder.names {
                    let profile = try? Profile(file: folder.file(of: name))
                    let coordinator = profile.map { "\($0.coordinator)" } ?? "cannot be read"
                    table.add([name == current ? "*" : "", name, profile?.operatorName ?? "-", coordinator])
                    rows.append(
                        .object([
                            "name": .string(name), "current": .boolean(name == current),
                            "operator": profile.map { .string($0.operatorName) } ?? .null,
                            "coordinator": .string(coordinator),
                        ])
                    )
                }
                try options.show(.object(["profiles": .array(rows)])) { _ in table.lines }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The profile in use, without its key.")
        @OptionGroup var options: Options

        func run() async throws {
            try await reportingFailures(isJSON: options.isJSON) {
                let profile = try options.loadProfile()
                let shown = JSONDocument.object([
                    "file": .string(profile.path), "operator": .string(profile.operatorName),
                    "coordinator": .string("\(profile.coordinator)"),
                ])
                try options.show(shown) { now in Views.details(shown, now: now) }
            }
        }
    }

    struct Use: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Choose the profile that commands work with.")
        @Argument(help: "The profile's name.") var name: String

        func run() async throws {
            try await reportingFailures {
                try ProfileFolder(environment: ProcessEnvironment.current()).use(name)
            }
        }
    }
}

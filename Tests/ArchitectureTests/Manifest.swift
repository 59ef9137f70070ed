import Foundation

/// The package's targets, as the package manager itself reads them.
struct Manifest: Decodable {
    struct Target: Decodable {
        let name: String
        let path: String?
        let type: String
        let dependencies: [Dependency]
    }

    /// `{"byName": [name, …]}` or `{"product": [name, package, …]}`.
    struct Dependency: Decodable {
        let name: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let fields = try container.decode([String: [Name?]].self)
            name = fields.values.first?.first??.text ?? ""
        }

        /// A name, or something else that stands behind it in the list.
        private struct Name: Decodable {
            let text: String

            init(from decoder: any Decoder) throws {
                text = (try? decoder.singleValueContainer().decode(String.self)) ?? ""
            }
        }
    }

    let targets: [Target]

    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let loaded = Result { try load() }

    private static func load() throws -> Manifest {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "holdfast-manifest-\(UUID())")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", root.path, "--scratch-path", scratch.path, "dump-package",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONDecoder().decode(Manifest.self, from: data)
    }

    func target(_ name: String) -> Target? { targets.first { $0.name == name } }
}

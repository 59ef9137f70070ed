import DaemonRuntime
import Foundation
import Testing

@testable import CoordinatorDaemon

@Suite struct SettingsFileTests {
    @Test func `the package's file is taken where nobody names one and it is there`() {
        let found = SettingsFile(named: nil, exists: { $0 == "/etc/holdfast/coordinator.toml" })
        #expect(found.path == "/etc/holdfast/coordinator.toml" && found.isFound)
        #expect(SettingsFile(named: nil, exists: { _ in false }).path == nil)
        let named = SettingsFile(named: "other.toml", exists: { _ in true })
        #expect(named.path == "other.toml" && !named.isFound)
    }

    @Test(arguments: [
        ("postgresql://holdfast:secret@db/holdfast", true), ("postgresql://db/holdfast?user=a&password=b", true),
        ("postgresql://holdfast@db:5432,db2:5432/holdfast", false), ("postgresql:///holdfast?host=/run", false),
        ("host=db password=secret", true),
    ])
    func `a password in the file is seen`(url: String, hasOne: Bool) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "holdfast-\(UUID()).toml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try DurableFile.write(Array("database.url = \"\(url)\"\n".utf8), to: path, mode: 0o644)
        #expect(try CoordinatorSettings(file: path, overrides: []).holdsPassword(inFile: path) == hasOne)
        #expect(SettingsFile(named: path).isReadableByAll)
        #expect(chmod(path, 0o640) == 0)
        #expect(!SettingsFile(named: path).isReadableByAll)
    }

    @Test func `a port that is taken ends the coordinator with what systemd tries again`() {
        let failure = StartFailure.cannotListen(setting: "api.listen", address: "127.0.0.1:8080", reason: "in use")
        #expect(failure.status == .temporaryFailure)
    }

    @Test func `the unit limits the memory, for what no limit of ours foresees`() throws {
        let unit = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../packaging/debian/holdfast-coordinator.service")
        #expect(try String(contentsOf: unit, encoding: .utf8).contains(/\nMemoryMax=[1-9][0-9]?%\n/))
    }

    @Test func `the unit does not keep from starting again what may pass`() throws {
        let unit = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../packaging/debian/holdfast-coordinator.service")
        let line = try String(contentsOf: unit, encoding: .utf8).split(separator: "\n")
            .first { $0.hasPrefix("RestartPreventExitStatus=") }
        let statuses = line?.split(separator: "=").last?.split(separator: " ").compactMap { Int32($0) } ?? []
        #expect(statuses.contains(ExitStatus.configuration.rawValue))
        #expect(!statuses.contains(ExitStatus.temporaryFailure.rawValue))
    }
}

import Foundation
import Testing

/// docs/THREAT_MODEL.md says nothing that no test shows.
struct ThreatModel {
    private func page() throws -> String {
        try String(contentsOf: Manifest.root.appending(path: "docs/THREAT_MODEL.md"), encoding: .utf8)
    }

    /// Texts in backticks with a space in them: tests, not settings or commands.
    private func namedTests(_ text: String) -> [String] {
        text.matches(of: /`([^`]*)`/).map { String($0.1) }
            .filter { $0.contains(" ") && !$0.hasPrefix("make ") && !$0.contains("audit log anchored") }
    }

    private func allTests() throws -> Set<String> {
        let folder = Manifest.root.appending(path: "Tests")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        let urls = (files?.allObjects ?? []).compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        return try urls.reduce(into: []) { found, url in
            let text = try String(contentsOf: url, encoding: .utf8)
            found.formUnion(text.matches(of: /func `([^`]*)`/).map { String($0.1) })
        }
    }

    @Test func `each test that the threat model names exists`() throws {
        let (named, all) = (namedTests(try page()), try allTests())
        #expect(named.count > 30)
        for name in named { #expect(all.contains(name), "no test is called: \(name)") }
    }

    @Test func `each thing that somebody cannot do has a test`() throws {
        for line in try page().split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 3, cells[1] != "he cannot", cells[1] != "-", cells[0] != "---" else { continue }
            #expect(!namedTests(cells[2]).isEmpty, "no test shows: \(cells[1])")
        }
    }
}

import DaemonRuntime
import Foundation
import Testing

@testable import CoordinatorDaemon

@Suite struct ConfigurationPageTests {
    @Test func `the page of settings holds the coordinator's as they are declared`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../docs/CONFIGURATION.md"
        )
        let text = try String(contentsOf: page, encoding: .utf8)
        let isThere = text.contains("```toml\n\(Declared.catalogue.exampleFile)```\n")
        #expect(isThere, "run: make configuration")
    }
}

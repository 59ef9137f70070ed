import Foundation
import Testing

/// Text that a person has reviewed, checked in under `Golden`.
///
/// To re-record on purpose: HOLDFAST_RECORD_GOLDEN=1 swift test --filter FleetPlanningTests, then read the difference.
enum GoldenText {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    private static let isRecording = ProcessInfo.processInfo.environment["HOLDFAST_RECORD_GOLDEN"] == "1"

    static func expect(_ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = folder.appending(path: "\(name).txt")
        if isRecording { try text.write(to: file, atomically: true, encoding: .utf8) }
        let golden = try String(contentsOf: file, encoding: .utf8)
        #expect(text == golden, "\(name).txt", sourceLocation: sourceLocation)
    }
}

import Foundation
import Testing

/// An independent program of the system, to check against and to meddle by hand.
enum Command {
    /// Its standard output; anything but exit status 0 fails the test.
    @discardableResult
    static func run(_ words: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(words)")
        return String(decoding: data, as: UTF8.self)
    }
}

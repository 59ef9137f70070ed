import Foundation

/// An S3 server of the tests' own that checks signatures: OpenStack Swift, of Debian's python3-swift. It is started when
/// the first test asks, and ends with the process.
public struct S3Server: Sendable {
    public static let accessKey = "holdfast:coordinator"
    public static let secretKey = "not-a-secret-of-anybodys"
    /// Without a slash at the end.
    public let endpoint: String

    struct NotStarted: Error {
        let output: String
    }

    private static let starting = Task { try start() }

    public static func shared() async throws -> S3Server {
        try await starting.value
    }

    private static func start() throws -> S3Server {
        let directory = FileManager.default.temporaryDirectory.appending(path: "holdfast-s3-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "serve")
        process.arguments = [directory.path, accessKey, secretKey]
        // It ends with its standard input, whose other end is ours for as long as we live.
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        S3ServerDisposal.shared.add(pid: process.processIdentifier, directory: directory, keeping: input)
        var line = ""
        while !line.hasSuffix("\n") {
            let part = output.fileHandleForReading.availableData
            guard !part.isEmpty else { throw NotStarted(output: line) }
            line += String(decoding: part, as: UTF8.self)
        }
        let words = line.split(separator: "\n").last?.split(separator: " ") ?? []
        guard words.count == 2, words[0] == "ready", let port = UInt16(words[1]) else { throw NotStarted(output: line) }
        return S3Server(endpoint: "http://127.0.0.1:\(port)")
    }
}

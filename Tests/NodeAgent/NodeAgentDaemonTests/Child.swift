import Foundation

/// One run of the real binary.
final class Child {
    static let binary: String = {
        let bundle = CommandLine.arguments[0]
        // Beside the test bundle in the build's folder, wherever the runner itself lies.
        let candidates = [bundle] + CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
        for path in candidates {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            if FileManager.default.isExecutableFile(atPath: folder + "/holdfast-agent") {
                return folder + "/holdfast-agent"
            }
        }
        preconditionFailure("no holdfast-agent beside \(candidates)")
    }()

    private let process = Process()
    private let outputPath: String

    init(_ arguments: [String], environment: [String: String] = [:], in folder: String) throws {
        outputPath = folder + "/output-\(UUID())"
        _ = FileManager.default.createFile(atPath: outputPath, contents: nil)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: outputPath))
        process.executableURL = URL(fileURLWithPath: Self.binary)
        process.arguments = arguments
        process.environment = environment
        process.standardOutput = file
        process.standardError = file
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var isRunning: Bool { process.isRunning }
    var status: Int32 { process.terminationStatus }
    var wasKilled: Bool { process.terminationReason == .uncaughtSignal }
    var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }
    var processID: Int32 { process.processIdentifier }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }
}

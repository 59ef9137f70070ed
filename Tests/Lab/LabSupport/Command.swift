import Foundation
import Glibc

/// A program run to its end.
public struct Command {
    /// What a program left when it ended.
    public struct Outcome: Sendable {
        /// Its exit status; 128 and the signal's number when a signal ended it.
        public let status: Int32
        public let output: String
        public let error: String
    }

    public let arguments: [String]
    public let input: String?

    public init(_ arguments: [String], input: String? = nil) {
        self.arguments = arguments
        self.input = input
    }

    /// Runs it, whatever its exit status.
    public func attempt() throws -> Outcome {
        let output = try MemoryFile()
        let error = try MemoryFile()
        let source = try input.map { try MemoryFile(containing: $0) }
        let child = try Child(
            arguments,
            input: source?.descriptor,
            output: output.descriptor,
            error: error.descriptor
        )
        let status = child.wait()
        return Outcome(status: status, output: output.text(), error: error.text())
    }

    /// Runs it with the lab's own standard output and error.
    ///
    /// - Returns: its exit status.
    public func passThrough() throws -> Int32 {
        try Child(arguments, input: nil, output: STDOUT_FILENO, error: STDERR_FILENO).wait()
    }

    /// - Returns: its standard output without the last line's end.
    /// - Throws: ``LabFailure`` with what it said, unless it ends with status 0.
    @discardableResult
    public func run() throws -> String {
        let outcome = try attempt()
        try require(
            outcome.status == 0,
            "\(arguments.joined(separator: " ")): exit status \(outcome.status)\n\(outcome.error)\(outcome.output)"
        )
        return outcome.output.trimmingCharacters(in: .newlines)
    }
}

/// A nameless file in memory: takes a program's output whole, however long, with nobody reading meanwhile.
private final class MemoryFile {
    let descriptor: Int32

    init(containing text: String = "") throws {
        let path = "/dev/shm/holdfast-lab-\(UInt64.random(in: 0...UInt64.max))"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try require(descriptor >= 0, "\(path): \(String(cString: strerror(errno)))")
        unlink(path)
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            try require(count > 0, "writing to memory: \(String(cString: strerror(errno)))")
            written += count
        }
        lseek(descriptor, 0, SEEK_SET)
    }

    deinit { close(descriptor) }

    func text() -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(bytes.count))
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

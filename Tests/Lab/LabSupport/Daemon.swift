import Foundation
import Glibc

/// A long-running process of the lab, whose output goes to a log file.
public final class Daemon {
    public let name: String
    public let logPath: String
    private let child: Child

    /// - Parameter logPath: appended to, so that a restarted daemon keeps its history.
    public init(_ name: String, _ arguments: [String], logPath: String, environment: [String: String] = [:]) throws {
        let log = open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        try require(log >= 0, "\(logPath): \(String(cString: strerror(errno)))")
        defer { close(log) }
        self.name = name
        self.logPath = logPath
        child = try Child(arguments, input: nil, output: log, error: log, environment: environment)
    }

    public var pid: Int32 { child.pid }
    public var isRunning: Bool { child.isRunning }
    /// Nil while it runs.
    public var exitStatus: Int32? { child.isRunning ? nil : child.status }

    /// `kill -9`, and waits until the kernel has let go of it.
    public func kill() {
        child.signal(SIGKILL)
        child.wait()
    }

    public func signal(_ number: Int32) {
        child.signal(number)
    }

    /// Asks it to stop.
    ///
    /// - Returns: its exit status.
    /// - Throws: ``LabFailure`` when it is still there after `limit`.
    @discardableResult
    public func terminate(within limit: Duration = .seconds(15), by signal: Int32 = SIGTERM) throws -> Int32 {
        child.signal(signal)
        try wait(for: "\(name) to stop", within: limit) { !child.isRunning }
        return child.status ?? 0
    }

    /// Resident memory in MB (1,000,000 bytes), as the kernel counts it.
    public func residentMemory_mb() throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try unwrap(
            status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") },
            "\(name) has no resident memory"
        )
        let words = line.split(whereSeparator: \.isWhitespace)
        let kibibytes = try unwrap(words.count > 1 ? Double(words[1]) : nil, String(line))
        return kibibytes * 1024 / 1_000_000
    }

    /// What it has used of a processor so far, its children not included (proc_pid_stat(5)).
    public func processorTime() throws -> Duration {
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        // The name, in parentheses, may hold anything; utime and stime are the 12th and 13th fields after it.
        let fields = stat[(try unwrap(stat.lastIndex(of: ")"), stat))...].split(separator: " ")
        try require(fields.count > 13, "not a process's figures: \(stat)")
        let ticks = try unwrap(Int(fields[12]), stat) + unwrap(Int(fields[13]), stat)
        return .seconds(ticks) / sysconf(Int32(_SC_CLK_TCK))
    }

    public func log() -> String {
        (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
    }
}

import Foundation
import Glibc

/// Processes whose command line names the lab's folder: what a daemon started and did not end.
enum LeftoverProcesses {
    struct Process {
        let pid: pid_t
        let commandLine: String
    }

    static func naming(_ directory: String) -> [Process] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }
            .filter { $0 != getpid() }
            .compactMap { pid in
                guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return nil }
                let line = String(decoding: bytes.map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
                return line.contains(directory) ? Process(pid: pid, commandLine: line) : nil
            }
    }

    static func kill(_ processes: [Process]) {
        for process in processes { Glibc.kill(process.pid, SIGKILL) }
    }
}

import Foundation
import Glibc

/// A process started by the lab, until it has ended and was waited for.
final class Child {
    let pid: pid_t
    /// As a shell says it: 128 and the signal's number for a process that a signal ended; nil while it runs.
    private(set) var status: Int32?

    /// - Parameters:
    ///   - arguments: the program, found along PATH, and its arguments.
    ///   - input: a file descriptor for standard input, or nil for none.
    ///   - environment: added to the lab's own.
    init(
        _ arguments: [String],
        input: Int32?,
        output: Int32,
        error: Int32,
        environment: [String: String] = [:]
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, error, STDERR_FILENO)

        // Threads of a library's pool block every signal, and a child begins with its parent thread's mask.
        var attributes = posix_spawnattr_t()
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        defer { posix_spawnattr_destroy(&attributes) }

        let merged = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            argv.forEach { free($0) }
            envp.forEach { free($0) }
        }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, arguments[0], &actions, &attributes, &argv, &envp)
        guard code == 0 else {
            throw LabFailure("cannot start \(arguments[0]): \(String(cString: strerror(code)))")
        }
        self.pid = pid
    }

    /// Blocks until the process has ended.
    @discardableResult
    func wait() -> Int32 {
        reap(options: 0)
        return status ?? 0
    }

    var isRunning: Bool {
        reap(options: WNOHANG)
        return status == nil
    }

    func signal(_ number: Int32) {
        if isRunning { Glibc.kill(pid, number) }
    }

    private func reap(options: Int32) {
        guard status == nil else { return }
        var word: Int32 = 0
        var ended: pid_t
        repeat { ended = waitpid(pid, &word, options) } while ended < 0 && errno == EINTR
        guard ended == pid else { return }
        let terminatingSignal = word & 0x7f
        status = terminatingSignal == 0 ? (word >> 8) & 0xff : 128 + terminatingSignal
    }
}

import DaemonRuntime
import Glibc

/// Runs another program to its end, without a shell.
enum ChildProgram {
    struct Outcome {
        /// Nil when a signal ended it.
        let status: Int32?
        /// Standard output and standard error, as they came.
        let output: String
    }

    /// The system's refusal to start it: an `errno`.
    struct CannotStart: Error {
        let code: Int32
    }

    /// What a pipe holds before anyone reads (pipe(7)).
    static let inputMax_bytes = 65_536

    /// - Parameters:
    ///   - input: all of its standard input; at most ``inputMax_bytes``.
    ///   - patience: a program that takes longer is killed.
    static func run(
        _ path: String,
        _ arguments: [String],
        input: String,
        patience: Duration
    ) throws(CannotStart) -> Outcome {
        precondition(input.utf8.count <= inputMax_bytes, "the input of \(path) does not fit into a pipe")
        let source = try Pipe()
        let sink = try Pipe()
        source.fill(with: input)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, source.reader, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, sink.writer, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, sink.writer, STDERR_FILENO)
        var pid = pid_t()
        let code = ArgumentVector.with([path] + arguments) { arguments in
            // Messages are recognised by their words.
            ArgumentVector.with(["LC_ALL=C"]) { posix_spawn(&pid, path, &actions, nil, arguments, $0) }
        }
        guard code == 0 else { throw CannotStart(code: code) }
        let output: String
        if let words = sink.drain(within: patience) {
            output = words
        } else {
            kill(pid, SIGKILL)
            output = "not done within \(patience.components.seconds) seconds"
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return Outcome(status: signal == 0 ? (status >> 8) & 0xff : nil, output: output)
    }

    /// Both ends, until each is closed; the child gets only what it is given.
    private final class Pipe {
        let reader: Int32
        private(set) var writer: Int32

        init() throws(CannotStart) {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw CannotStart(code: errno) }
            (reader, writer) = (ends[0], ends[1])
            _ = fcntl(reader, F_SETFD, FD_CLOEXEC)
            _ = fcntl(writer, F_SETFD, FD_CLOEXEC)
        }

        deinit {
            close(reader)
            closeWriter()
        }

        func fill(with text: String) {
            let bytes = Array(text.utf8)
            // Never short: it fits, and we hold the reading end.
            _ = write(writer, bytes, bytes.count)
            closeWriter()
        }

        /// Everything until the last writer has gone; nil when one is still there after so long.
        func drain(within patience: Duration) -> String? {
            closeWriter()
            let end = MonotonicClock.now() + patience
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while true {
                let left = end - MonotonicClock.now()
                var polled = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
                let ready = poll(&polled, 1, Int32(clamping: max(0, left.milliseconds)))
                if ready < 0, errno == EINTR { continue }
                guard ready > 0 else { return nil }
                let count = read(reader, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += chunk[..<count]
            }
        }

        private func closeWriter() {
            guard writer >= 0 else { return }
            close(writer)
            writer = -1
        }
    }
}

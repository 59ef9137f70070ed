import CSpawn
import DaemonRuntime
import Glibc
import Model

/// A provider's program, run once: its input at once, its output within limits, and its end, if need be by force.
struct ProviderProcess {
    /// How a program ended.
    struct Outcome {
        enum End {
            case exited(Int32)
            case killed(signal: Int32)
            case timedOut
            case stopped
            case notStarted(errno: Int32)
        }

        let end: End
        let output: [UInt8]
        /// The end of what it wrote to standard error.
        let error: [UInt8]
        /// Whether there was more before.
        let isErrorCut: Bool
    }

    /// MFD_CLOEXEC of <linux/memfd.h>.
    private static let closeOnExec: UInt32 = 1
    private static let errorByteCountMax = 4 << 10

    /// Blocks until it has ended, or was ended.
    static func run(_ path: String, input: Secret<[UInt8]>, timeout: Duration, stop: StopRequest) -> Outcome {
        var process = ProviderProcess()
        if let failure = process.start(path, input) {
            return Outcome(end: .notStarted(errno: failure), output: [], error: [], isErrorCut: false)
        }
        let end = process.follow(until: .now + timeout, stop)
        process.close()
        return Outcome(end: end, output: process.output, error: process.error, isErrorCut: process.isErrorCut)
    }

    private var pid: pid_t = 0
    private var output: [UInt8] = []
    private var error: [UInt8] = []
    private var isErrorCut = false
    private var outputPipe: Int32 = -1
    private var errorPipe: Int32 = -1

    /// - Returns: the system's error where it could not be started.
    private mutating func start(_ path: String, _ input: Secret<[UInt8]>) -> Int32? {
        // A file in memory takes the whole input at once, whether the program reads it or not.
        let source = memfd_create("holdfast-node-request", Self.closeOnExec)
        guard source >= 0 else { return errno }
        defer { Glibc.close(source) }
        let bytes = input.reveal()
        guard write(source, bytes, bytes.count) == bytes.count, lseek(source, 0, SEEK_SET) == 0 else { return errno }
        var outputEnds: [Int32] = [-1, -1], errorEnds: [Int32] = [-1, -1]
        guard pipe2(&outputEnds, O_CLOEXEC) == 0 else { return errno }
        guard pipe2(&errorEnds, O_CLOEXEC) == 0 else { return errno }
        (outputPipe, errorPipe) = (outputEnds[0], errorEnds[0])
        defer { for end in [outputEnds[1], errorEnds[1]] { Glibc.close(end) } }
        for end in [outputPipe, errorPipe] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        let failure = spawn(path, source, outputEnds[1], errorEnds[1])
        if failure != 0 { close() }
        return failure == 0 ? nil : failure
    }

    private mutating func spawn(_ path: String, _ input: Int32, _ output: Int32, _ error: Int32) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, error, 2)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var none = sigset_t(), all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // A group of its own, so that its children can be ended with it.
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return ArgumentVector.with([path]) { arguments in
            ArgumentVector.with(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"]) { environment in
                posix_spawn(&pid, path, &actions, &attributes, arguments, environment)
            }
        }
    }

    private mutating func follow(until deadline: ContinuousClock.Instant, _ stop: StopRequest) -> Outcome.End {
        while true {
            wait(.milliseconds(50))
            let hasEnded = hasEnded
            drain()
            if hasEnded {
                let status = end()
                let signal = status & 0x7f
                return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            }
            if stop.isAsked || ContinuousClock.now >= deadline {
                _ = end()
                return stop.isAsked ? .stopped : .timedOut
            }
        }
    }

    /// Leaves it unreaped.
    private var hasEnded: Bool {
        var information = siginfo_t()
        information.si_signo = 0
        return waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) != 0 || information.si_signo != 0
    }

    /// Kills what is left of it and of whoever it left behind, and only then reaps it: until then its number is nobody
    /// else's.
    private func end() -> Int32 {
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// Until one of them has something to say, or for a moment.
    private func wait(_ pause: Duration) {
        var polled = [
            pollfd(fd: outputPipe, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errorPipe, events: Int16(POLLIN), revents: 0),
        ]
        if poll(&polled, 2, Int32(pause / .milliseconds(1))) > 0, polled.allSatisfy({ $0.revents & Int16(POLLIN) == 0 })
        {
            // Both are at their end: only the program's own is waited for.
            usleep(UInt32(pause / .microseconds(1)))
        }
    }

    /// Reads what is there; what is too much is read all the same, and dropped: of an answer the end, of the last words
    /// the beginning.
    private mutating func drain() {
        let limit = ProviderAnswer.byteCountMax
        Self.drain(outputPipe) { chunk in output += chunk.prefix(limit - output.count) }
        Self.drain(errorPipe) { chunk in
            error += chunk
            guard error.count > Self.errorByteCountMax else { return }
            error.removeFirst(error.count - Self.errorByteCountMax)
            isErrorCut = true
        }
    }

    private static func drain(_ descriptor: Int32, _ take: (ArraySlice<UInt8>) -> Void) {
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        // Not for ever: one that writes without end meets its time limit.
        for _ in 0..<64 {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return }
            take(chunk[..<count])
        }
    }

    private mutating func close() {
        for end in [outputPipe, errorPipe] where end >= 0 { Glibc.close(end) }
        (outputPipe, errorPipe) = (-1, -1)
    }
}

extension ProviderProcess.Outcome {
    private static let temporaryFailure: Int32 = 75

    func answer() -> ProviderAnswer {
        switch end {
        case .exited(0):
            return ProviderAnswer.parse(output)
        case .exited(Self.temporaryFailure):
            if case .later(let delay) = ProviderAnswer.parse(output) { return .later(after: delay) }
            return .later(after: nil)
        case .exited(let status):
            return .failed("exit status \(status)\(lastWords)")
        case .killed(let signal):
            return .failed("ended by signal \(signal)\(lastWords)")
        case .timedOut:
            return .failed("not done within its time, and killed\(lastWords)")
        case .stopped:
            return .stopped
        case .notStarted(let code):
            return .failed("cannot be started: \(String(cString: strerror(code)))")
        }
    }

    /// The last line on standard error.
    private var lastWords: String {
        var lines = String(decoding: error, as: UTF8.self).split(whereSeparator: \.isNewline)
        // Half a line may be half a token, without what it is known by.
        if isErrorCut, !lines.isEmpty { lines.removeFirst() }
        return lines.last.map { ": \(ProviderAnswer.printable($0))" } ?? ""
    }
}

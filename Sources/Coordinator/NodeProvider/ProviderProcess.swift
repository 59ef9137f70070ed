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
            case notStarted(errno: Int32)
        }

        let end: End
        let output: [UInt8]
        let error: [UInt8]
    }

    /// MFD_CLOEXEC of <linux/memfd.h>.
    private static let closeOnExec: UInt32 = 1
    private static let errorByteCountMax = 4 << 10

    /// Blocks until it has ended.
    static func run(_ path: String, input: Secret<[UInt8]>, timeout: Duration) -> Outcome {
        var process = ProviderProcess()
        if let failure = process.start(path, input) {
            return Outcome(end: .notStarted(errno: failure), output: [], error: [])
        }
        let end = process.follow(until: .now + timeout)
        process.close()
        return Outcome(end: end, output: process.output, error: process.error)
    }

    private var pid: pid_t = 0
    private var output: [UInt8] = []
    private var error: [UInt8] = []
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

    private mutating func follow(until deadline: ContinuousClock.Instant) -> Outcome.End {
        while true {
            wait(.milliseconds(50))
            drain()
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid {
                // Whoever it left behind is not ours to wait for.
                kill(-pid, SIGKILL)
                drain()
                let signal = status & 0x7f
                return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            }
            if ContinuousClock.now >= deadline {
                kill(-pid, SIGKILL)
                while waitpid(pid, &status, 0) < 0, errno == EINTR {}
                return .timedOut
            }
        }
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

    /// Reads what is there; what is too much is read all the same, and dropped.
    private mutating func drain() {
        Self.drain(outputPipe, into: &output, limit: ProviderAnswer.byteCountMax)
        Self.drain(errorPipe, into: &error, limit: Self.errorByteCountMax)
    }

    private static func drain(_ descriptor: Int32, into bytes: inout [UInt8], limit: Int) {
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        // Not for ever: one that writes without end meets its time limit.
        for _ in 0..<64 {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return }
            bytes += chunk[..<min(count, limit - bytes.count)]
        }
    }

    private mutating func close() {
        for end in [outputPipe, errorPipe] where end >= 0 { Glibc.close(end) }
        (outputPipe, errorPipe) = (-1, -1)
    }
}

extension ProviderProcess.Outcome {
    private static let temporaryFailure: Int32 = 75

    /// - Parameter secret: what a failure's text must not repeat.
    func answer(hiding secret: Secret<String>) -> ProviderAnswer {
        switch end {
        case .exited(0):
            return ProviderAnswer.parse(output)
        case .exited(Self.temporaryFailure):
            if case .later(let delay) = ProviderAnswer.parse(output) { return .later(after: delay) }
            return .later(after: nil)
        case .exited(let status):
            return .failed("exit status \(status)\(lastWords(hiding: secret))")
        case .killed(let signal):
            return .failed("ended by signal \(signal)\(lastWords(hiding: secret))")
        case .timedOut:
            return .failed("not done within its time, and killed\(lastWords(hiding: secret))")
        case .notStarted(let code):
            return .failed("cannot be started: \(String(cString: strerror(code)))")
        }
    }

    /// The last line on standard error; none that may hold a join token.
    private func lastWords(hiding secret: Secret<String>) -> String {
        let text = String(decoding: error, as: UTF8.self)
        guard let line = text.split(whereSeparator: \.isNewline).last else { return "" }
        guard !line.contains("hfj1.") else { return ": (a line with a secret)" }
        return ": \(ProviderAnswer.printable(line))"
    }
}

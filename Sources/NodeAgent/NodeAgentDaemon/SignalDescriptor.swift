import CGlibc
import DaemonRuntime
import Glibc

/// SIGTERM and SIGINT, as something to poll: the agent's loop has no other thread to be interrupted in.
struct SignalDescriptor: ~Copyable {
    let descriptor: Int32

    init() throws(Failure) {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        guard pthread_sigmask(SIG_BLOCK, &set, nil) == 0 else {
            throw Failure(.operatingSystem, "signals cannot be blocked")
        }
        let opened = Self.open(&set)
        guard opened >= 0 else { throw Failure(.operatingSystem, "no signal descriptor (\(errno))") }
        descriptor = opened
    }

    deinit { close(descriptor) }

    private static func open(_ set: UnsafePointer<sigset_t>) -> Int32 {
        signalfd(-1, set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    }
}

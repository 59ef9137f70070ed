import Glibc
import Logging
import Synchronization

/// The thread of a ``Listener``: connect, LISTEN, pass on what comes; after a loss, again.
final class ListenerThread: Sendable {
    private let configuration: DatabaseConfiguration
    private let channels: [String]
    private let continuation: AsyncStream<ListenerEvent>.Continuation
    private let logger: Logger
    /// The two ends of a pipe: once something is written, the thread's poll(2) returns.
    private let wakeUp: Int32
    private let wakeUpWriter: Int32
    private let isStopping = Atomic(false)

    init(
        _ configuration: DatabaseConfiguration,
        channels: [String],
        _ continuation: AsyncStream<ListenerEvent>.Continuation,
        _ logger: Logger
    ) {
        self.configuration = configuration
        self.channels = channels
        self.continuation = continuation
        self.logger = logger
        var ends: [Int32] = [-1, -1]
        let failed = pipe(&ends) != 0 || ends.contains { fcntl($0, F_SETFD, FD_CLOEXEC) != 0 }
        precondition(!failed, "the system has no more file descriptors")
        (wakeUp, wakeUpWriter) = (ends[0], ends[1])
    }

    deinit {
        close(wakeUp)
        close(wakeUpWriter)
    }

    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        var byte: UInt8 = 1
        _ = write(wakeUpWriter, &byte, 1)
    }

    func run() {
        var failures = 0
        while !isStopping.load(ordering: .sequentiallyConsistent) {
            do throws(DatabaseError) {
                let connection = try Connection(configuration)
                defer { connection.close() }
                try connection.script(channels.map { "LISTEN \(Self.quoted($0));" }.joined())
                failures = 0
                send(.reconnected)
                passOn(from: connection)
            } catch {
                failures += 1
                logger.debug("the listener cannot connect", metadata: ["reason": "\(error)"])
            }
            pause(after: failures)
        }
        continuation.finish()
    }

    /// Returns when the connection is lost or the thread shall end.
    private func passOn(from connection: Connection) {
        while true {
            for notification in connection.takeNotifications() {
                send(.notification(channel: notification.channel, payload: notification.payload))
            }
            var pollers = [
                pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0),
            ]
            poll(&pollers, 2, -1)
            guard !isStopping.load(ordering: .sequentiallyConsistent), connection.checkAlive() else { return }
        }
    }

    /// The buffer drops its oldest event when it is full. Whatever is dropped, a `.reconnected` comes after it.
    private func send(_ event: ListenerEvent) {
        if case .dropped = continuation.yield(event), event != .reconnected { continuation.yield(.reconnected) }
    }

    private func pause(after failures: Int) {
        let bound_ms = min(configuration.longestReconnectPause.clamped_ms, 50 << Int64(min(failures, 20)))
        var poller = pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)
        poll(&poller, 1, Int32(Int64.random(in: 0...min(max(1, bound_ms), 60_000))))
    }

    private static func quoted(_ identifier: String) -> String {
        "\"" + identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

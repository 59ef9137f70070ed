import Logging
import Synchronization

/// Listens to PostgreSQL's NOTIFY on a connection and a thread of its own.
///
/// Notifications are hints: they are lost whenever the connection is. Every gap is followed by `.reconnected`.
public final class Listener: Sendable {
    /// For one consumer. Ends when the listener is shut down.
    public let events: AsyncStream<ListenerEvent>

    private let thread: ListenerThread
    private let running = Mutex<(BlockingThread, ThreadCountdown)?>(nil)

    /// - Parameters:
    ///   - channels: names as SQL identifiers would give them; any text is quoted.
    ///   - bufferLimit: events kept for a slow consumer. Beyond it the oldest are dropped for one `.reconnected`.
    public init(
        _ configuration: DatabaseConfiguration,
        channels: [String],
        bufferLimit: Int = 256,
        logger: Logger
    ) {
        precondition(bufferLimit > 0, "a listener without room")
        let (stream, continuation) = AsyncStream.makeStream(
            of: ListenerEvent.self,
            bufferingPolicy: .bufferingNewest(bufferLimit)
        )
        events = stream
        thread = ListenerThread(configuration, channels: channels, continuation, logger)
    }

    public func start() {
        running.withLock { running in
            guard running == nil else { return }
            let countdown = ThreadCountdown(1)
            let body = thread
            let thread = BlockingThread {
                body.run()
                countdown.threadEnded()
            }
            running = (thread, countdown)
        }
    }

    /// Closes the connection and ends the stream of events.
    public func shutdown() async {
        thread.stop()
        guard
            let (thread, countdown) = running.withLock({ running in
                defer { running = nil }
                return running
            })
        else { return }
        await countdown.ended()
        thread.join()
    }

    /// Starts, listens until the task is cancelled, and shuts down.
    public func run() async {
        start()
        await untilCancelled()
        await shutdown()
    }
}

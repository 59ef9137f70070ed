import Database
import Logging
import Model
import Synchronization

/// Wakes whoever waits for a change of a subscription's peers: apps that listen to events, or wait for a peer.
///
/// Like `ChangeFeed`, a hint to look: within the process at once, and by a poll every second for peers that another
/// instance or the controllers have switched. Listeners look by themselves too, now and then.
public final class PeerFeed: Sendable {
    private struct State {
        var nextKey = 0
        var listeners: [SubscriptionID: [Int: AsyncStream<Void>.Continuation]] = [:]
        /// Moves that were told already, while the poll still sees them.
        var told: Set<Move> = []
    }

    private struct Move: Hashable {
        let peer: PeerID
        let at: Int64
    }

    private let pool: DatabasePool
    private let logger: Logger
    private let state = Mutex(State())

    private static let pollInterval: Duration = .seconds(1)

    public init(pool: DatabasePool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    /// One element for any number of changes since the last was taken. Ends with the consumer's task only.
    public func changes(of subscription: SubscriptionID) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let key = state.withLock { state in
            state.nextKey += 1
            state.listeners[subscription, default: [:]][state.nextKey] = continuation
            return state.nextKey
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.listeners[subscription]?[key] = nil
                if state.listeners[subscription]?.isEmpty == true { state.listeners[subscription] = nil }
            }
        }
        return stream
    }

    /// A peer of the subscription has changed; call it after the commit.
    public func changed(_ subscription: SubscriptionID) {
        let continuations = state.withLock { state in state.listeners[subscription].map { Array($0.values) } ?? [] }
        for continuation in continuations { continuation.yield() }
    }

    /// Polls until the task is cancelled.
    public func run() async {
        while (try? await Task.sleep(for: Self.pollInterval)) != nil {
            do {
                try await poll()
            } catch {
                logger.debug("the poll for moved peers failed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Looks for peers that were switched lately, of subscriptions that somebody listens to.
    func poll() async throws {
        let listened = state.withLock { state in Array(state.listeners.keys) }
        guard !listened.isEmpty else {
            state.withLock { state in state.told = [] }
            return
        }
        let find = Self.switchedLately.with(.uuidArray(listened.map(\.bytes)))
        let found = try await pool.query(find) { rows in
            try rows.map { row in
                (
                    subscription: try row.identifier("subscription_id") as SubscriptionID,
                    move: Move(peer: try row.identifier("peer_id"), at: try row.timestamp("switched_at"))
                )
            }
        }
        let new = state.withLock { state in
            let known = state.told
            state.told = Set(found.map(\.move))
            return Set(found.filter { !known.contains($0.move) }.map(\.subscription))
        }
        for subscription in new { changed(subscription) }
    }

    /// A transaction may commit a while after it took its time: each is looked for during ten seconds.
    private static let switchedLately: Statement = """
        SELECT p.subscription_id, a.peer_id, a.switched_at
        FROM assignments a JOIN peers p ON p.id = a.peer_id
        WHERE a.switched_at > clock_timestamp() - interval '10 seconds' AND p.subscription_id = ANY ($1)
        """
}

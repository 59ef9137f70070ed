import Database
import Logging
import Model
import Synchronization

/// Wakes the links when a node has something to be sent, and whoever waits for a node when it has acknowledged.
///
/// Everything it says is a hint to look at the database sooner: within the process at once, between instances through
/// NOTIFY (at most one in 5 ms), and by a poll every second for hints that were lost.
public final class ChangeFeed: Sendable {
    /// The channel that the listener must listen on.
    public static let channel = "holdfast_changes"

    struct Waiter {
        let revision: Revision
        let continuation: AsyncStream<Void>.Continuation
    }

    struct State {
        var nextKey = 0
        var subscribers: [NodeID: [Int: AsyncStream<Void>.Continuation]] = [:]
        var waiters: [NodeID: [Int: Waiter]] = [:]
        /// The newest acknowledgement heard of, for waiters that come late.
        var acknowledged: [NodeID: Revision] = [:]
        var outgoing = ChangeNotice()
    }

    let pool: DatabasePool
    let instance: InstanceID
    let listener: Listener?
    let logger: Logger
    let state = Mutex(State())
    /// Wakes the one that notifies the other instances.
    let (outgoingSignals, outgoingSignal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameter listener: listens on `ChangeFeed.channel`; nil leaves the poll alone to hear of other instances.
    public init(pool: DatabasePool, instance: InstanceID, listener: Listener?, logger: Logger) {
        self.pool = pool
        self.instance = instance
        self.listener = listener
        self.logger = logger
    }

    /// The node's assignments have changed; call it after the commit.
    public func nodeChanged(_ node: NodeID) {
        wakeLink(of: node)
        state.withLock { state in _ = state.outgoing.changed.insert(node) }
        outgoingSignal.yield()
    }

    /// The node has acknowledged a revision, and the database knows it.
    public func acknowledged(_ node: NodeID, _ revision: Revision) {
        noteAcknowledgement(of: node, revision)
        state.withLock { state in
            state.outgoing.acknowledged[node] = max(revision, state.outgoing.acknowledged[node] ?? .zero)
        }
        outgoingSignal.yield()
    }

    /// One element for any number of changes since the last was taken. Ends with the consumer's task only.
    public func changes(of node: NodeID) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let key = state.withLock { state in
            state.nextKey += 1
            state.subscribers[node, default: [:]][state.nextKey] = continuation
            return state.nextKey
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.subscribers[node]?[key] = nil
                if state.subscribers[node]?.isEmpty == true { state.subscribers[node] = nil }
            }
        }
        return stream
    }

    /// Whether the node acknowledged `revision` or a later one before `deadline`. False too when the task is cancelled.
    public func waitForAcknowledgement(
        of node: NodeID,
        atLeast revision: Revision,
        until deadline: ContinuousClock.Instant
    ) async -> Bool {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let key: Int? = state.withLock { state in
            if let known = state.acknowledged[node], known >= revision { return nil }
            state.nextKey += 1
            state.waiters[node, default: [:]][state.nextKey] = Waiter(revision: revision, continuation: continuation)
            return state.nextKey
        }
        guard let key else { return true }
        defer {
            state.withLock { state in
                state.waiters[node]?[key] = nil
                if state.waiters[node]?.isEmpty == true { state.waiters[node] = nil }
            }
        }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in stream { return true }
                return false
            }
            group.addTask {
                try? await Task.sleep(until: deadline, clock: .continuous)
                return false
            }
            let isAcknowledged = await group.next() ?? false
            group.cancelAll()
            return isAcknowledged
        }
    }

    func wakeLink(of node: NodeID) {
        let continuations = state.withLock { state in state.subscribers[node].map { Array($0.values) } ?? [] }
        for continuation in continuations { continuation.yield() }
    }

    func wakeAllLinks() {
        let continuations = state.withLock { state in state.subscribers.values.flatMap(\.values) }
        for continuation in continuations { continuation.yield() }
    }

    func noteAcknowledgement(of node: NodeID, _ revision: Revision) {
        let reached = state.withLock { state in
            state.acknowledged[node] = max(revision, state.acknowledged[node] ?? .zero)
            return (state.waiters[node] ?? [:]).values.filter { $0.revision <= revision }.map(\.continuation)
        }
        for continuation in reached { continuation.yield() }
    }
}

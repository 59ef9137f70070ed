import Database
import Logging
import Model
import Synchronization

/// Wakes the links when a node has something to be sent, and whoever waits for a node when it has acknowledged.
///
/// Everything it says is a hint to look at the database sooner: within the process at once, between instances through
/// NOTIFY (at most one in 5 ms, and none where no other instance has a part in it), and by a poll every second for hints
/// that were lost.
public final class ChangeFeed: Sendable {
    /// The channel that the listener must listen on.
    public static let channel = "holdfast_changes"

    /// What a node has said of a revision.
    public enum Word: Hashable, Sendable {
        /// Nothing in time.
        case silence
        /// It is applied; the database knows whether a peer was refused.
        case acknowledged
        /// It is applied, and no peer was refused.
        case allTaken
    }

    struct Waiter {
        let revision: Revision
        let continuation: AsyncStream<Word>.Continuation
    }

    /// What is known of a node's acknowledgements.
    struct Progress {
        var newest: Revision
        /// Above this, every acknowledgement up to `newest` came over a link of this instance and refused nobody.
        var knownAbove: Revision

        func word(on revision: Revision) -> Word {
            guard revision <= newest else { return .silence }
            return revision > knownAbove ? .allTaken : .acknowledged
        }
    }

    struct State {
        var nextKey = 0
        var subscribers: [NodeID: [Int: AsyncStream<Void>.Continuation]] = [:]
        var waiters: [NodeID: [Int: Waiter]] = [:]
        /// For waiters that come late.
        var progress: [NodeID: Progress] = [:]
        /// Until when other instances are told of a node's acknowledgements: one of them has changed it lately.
        var othersListen: [NodeID: ContinuousClock.Instant] = [:]
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
        let isLinkedHere = wakeLink(of: node)
        guard !isLinkedHere else { return }
        state.withLock { state in _ = state.outgoing.changed.insert(node) }
        outgoingSignal.yield()
    }

    /// A link of this instance opens or has ended: what is heard of the node elsewhere meanwhile is not known here, and
    /// its revisions may go back with a database that fails over.
    public func forgetProgress(of node: NodeID) {
        state.withLock { state in state.progress[node] = nil }
    }

    /// The node has acknowledged a revision over a link of this instance, and the database knows it.
    ///
    /// - Parameter hasRefusals: whether it refused a peer.
    public func acknowledged(_ node: NodeID, _ revision: Revision, hasRefusals: Bool) {
        noteAcknowledgement(of: node, revision, isAllTaken: !hasRefusals)
        let othersWait = state.withLock { state in
            guard let until = state.othersListen[node] else { return false }
            guard until > .now else {
                state.othersListen[node] = nil
                return false
            }
            state.outgoing.acknowledged[node] = max(revision, state.outgoing.acknowledged[node] ?? .zero)
            return true
        }
        if othersWait { outgoingSignal.yield() }
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

    /// What the node has said of `revision` by the deadline. Silence too when the task is cancelled.
    public func waitForAcknowledgement(
        of node: NodeID,
        atLeast revision: Revision,
        until deadline: ContinuousClock.Instant
    ) async -> Word {
        let (stream, continuation) = AsyncStream.makeStream(of: Word.self, bufferingPolicy: .bufferingNewest(1))
        let (key, known): (Int, Word) = state.withLock { state in
            let known = state.progress[node]?.word(on: revision) ?? .silence
            guard known == .silence else { return (0, known) }
            state.nextKey += 1
            state.waiters[node, default: [:]][state.nextKey] = Waiter(revision: revision, continuation: continuation)
            return (state.nextKey, .silence)
        }
        guard known == .silence else { return known }
        defer {
            state.withLock { state in
                state.waiters[node]?[key] = nil
                if state.waiters[node]?.isEmpty == true { state.waiters[node] = nil }
            }
        }
        return await withTaskGroup(of: Word.self) { group in
            group.addTask {
                for await word in stream { return word }
                return .silence
            }
            group.addTask {
                try? await Task.sleep(until: deadline, clock: .continuous)
                return .silence
            }
            let word = await group.next() ?? .silence
            group.cancelAll()
            return word
        }
    }

    /// Another instance has changed the node.
    func heardOfChange(to node: NodeID) {
        state.withLock { state in state.othersListen[node] = .now + Self.othersListenFor }
        wakeLink(of: node)
    }

    /// As long as a request may wait for a node, and a while.
    private static let othersListenFor: Duration = .seconds(120)

    /// - Returns: whether the node's link is here.
    @discardableResult
    func wakeLink(of node: NodeID) -> Bool {
        let continuations = state.withLock { state in state.subscribers[node].map { Array($0.values) } ?? [] }
        for continuation in continuations { continuation.yield() }
        return !continuations.isEmpty
    }

    func wakeAllLinks() {
        let continuations = state.withLock { state in state.subscribers.values.flatMap(\.values) }
        for continuation in continuations { continuation.yield() }
    }

    /// - Parameter isAllTaken: known of acknowledgements of this instance's own links only.
    func noteAcknowledgement(of node: NodeID, _ revision: Revision, isAllTaken: Bool = false) {
        let reached: [(continuation: AsyncStream<Word>.Continuation, word: Word)] = state.withLock { state in
            var progress = state.progress[node] ?? Progress(newest: revision, knownAbove: revision)
            // What lies before the first one heard of was settled by others.
            if !isAllTaken, revision >= progress.newest { progress.knownAbove = revision }
            progress.newest = max(progress.newest, revision)
            state.progress[node] = progress
            return (state.waiters[node] ?? [:]).values.filter { $0.revision <= revision }
                .map { ($0.continuation, progress.word(on: $0.revision)) }
        }
        for (continuation, word) in reached { continuation.yield(word) }
    }
}

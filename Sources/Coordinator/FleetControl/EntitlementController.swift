import Logging
import Model
import Store

/// Brings peers in line with what their subscriptions may use: at once when an entitlement changes, and when access or a
/// retention ends by itself. Every instance runs one; rows' locks keep them apart.
public struct EntitlementController: Sendable {
    private let store: Store
    private let changeFeed: ChangeFeed
    private let peerFeed: PeerFeed
    private let terms: SettlementTerms
    /// A node unheard for longer takes no peers.
    private let silenceLimit: Duration
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    private static let batchSize = 100
    /// Between two looks for what became due by the clock, or on another instance.
    private static let pollInterval: Duration = .seconds(1)

    public init(
        store: Store,
        changeFeed: ChangeFeed,
        peerFeed: PeerFeed,
        terms: SettlementTerms,
        silenceLimit: Duration,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.changeFeed = changeFeed
        self.peerFeed = peerFeed
        self.terms = terms
        self.silenceLimit = silenceLimit
        self.logger = logger
        self.now = now
    }

    /// Until the task is cancelled.
    public func run() async {
        await withTaskGroup { group in
            group.addTask {
                while (try? await Task.sleep(for: Self.pollInterval)) != nil { store.peersDue.wake() }
            }
            for await _ in store.peersDue.wakes {
                do {
                    try await settleAll()
                } catch {
                    logger.warning("peers cannot be settled", metadata: ["reason": "\(error)"])
                }
            }
            group.cancelAll()
        }
    }

    /// Everything that is due.
    ///
    /// - Throws: `DatabaseError`; what was not settled is due still.
    public func settleAll() async throws {
        while try await store.arePeersDue(now: now()) {
            let fleet = try await store.fleet(silenceLimit: silenceLimit, now: now())
            let outcome = try await store.settlePeers(
                limit: Self.batchSize,
                in: fleet,
                terms: terms,
                now: now()
            )
            for node in outcome.changedNodes { changeFeed.nodeChanged(node) }
            for subscription in outcome.changedSubscriptions { peerFeed.changed(subscription) }
            if outcome.frozen + outcome.thawed + outcome.removed + outcome.unplaced > 0 {
                logger.info(
                    "peers follow their subscriptions",
                    metadata: [
                        "frozen": "\(outcome.frozen)", "thawed": "\(outcome.thawed)",
                        "removed": "\(outcome.removed)", "without a place": "\(outcome.unplaced)",
                    ]
                )
            }
            // Fewer than were asked for: the rest is being changed by others, or due again in a moment.
            if outcome.looked < Self.batchSize { return }
        }
    }
}

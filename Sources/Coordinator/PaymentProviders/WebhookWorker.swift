import Billing
import Logging
import Model
import Store

/// Carries out what the webhooks' inbox holds: when it is woken, and now and then for what a lost wake-up, a failed
/// fetch or a crash left behind. Any number may run against one database.
public struct WebhookWorker: Sendable {
    private static let batchSize = 32
    /// An event that could not be resolved for this long is set aside for a person.
    private static let patience: Duration = .seconds(7 * 86_400)
    /// How often a fetch is repeated at once because somebody wrote the subscription meanwhile.
    private static let overtakingMax = 3

    private let store: Store
    private let resolver: any EventResolver
    private let policy: BillingPolicy
    private let signal: WakeSignal
    private let pollInterval: Duration
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger

    /// - Parameters:
    ///   - clock: the time, as the database and the receiver see it.
    init(
        store: Store,
        resolver: any EventResolver,
        policy: BillingPolicy = BillingPolicy(),
        signal: WakeSignal,
        pollInterval: Duration = .seconds(5),
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.store = store
        self.resolver = resolver
        self.policy = policy
        self.signal = signal
        self.pollInterval = pollInterval
        self.clock = clock
        self.logger = logger
    }

    /// Works until the task is cancelled.
    public func run() async {
        await withTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    signal.wake()
                    await catchUp()
                    do { try await Task.sleep(for: pollInterval) } catch { return }
                }
            }
            for await _ in signal.wakes {
                await drain()
            }
            group.cancelAll()
        }
    }

    /// Carries out everything that is due, and returns.
    public func drain() async {
        while !Task.isCancelled {
            do {
                let entries = try await store.takeWebhooks(resolver.provider, limit: Self.batchSize, now: clock())
                for entry in entries { await settle(entry) }
                if entries.count < Self.batchSize { return }
            } catch {
                logger.warning("the webhooks' inbox cannot be read", metadata: ["reason": "\(error)"])
                return
            }
        }
    }

    /// Tells the store what it was not told in time.
    func catchUp() async {
        await resolver.catchUp()
    }

    private func settle(_ entry: InboxEntry) async {
        do {
            for _ in 0..<Self.overtakingMax where try await settleOnce(entry) { return }
        } catch {
            // It is due again later: nothing was changed.
            await postpone(entry, "\(error)")
        }
    }

    /// False when somebody overtook it.
    private func settleOnce(_ entry: InboxEntry) async throws -> Bool {
        switch try await resolver.resolve(fields: entry.fields) {
        case .nothing: try await store.finishWebhook(entry, now: clock())
        case .park(let reason): try await park(entry, reason)
        case .later(let reason): await postpone(entry, reason)
        case .effect(let effect):
            switch try await store.apply(effect, of: entry, policy: policy, now: clock()) {
            case .overtaken: return false
            case .appliedAndParked(_, let binding):
                report(entry, "the order is \(binding)")
                await resolver.settled(effect)
            case .applied: await resolver.settled(effect)
            case .settledBefore: break
            }
        }
        return true
    }

    private func postpone(_ entry: InboxEntry, _ reason: String) async {
        guard clock() - entry.receivedAt < Self.patience else {
            do { try await park(entry, reason) } catch {
                logger.warning("a webhook cannot be parked", metadata: ["reason": "\(error)"])
            }
            return
        }
        logger.info(
            "a webhook waits",
            metadata: ["event": "\(entry.eventID)", "attempts": "\(entry.attempts)", "reason": "\(reason)"]
        )
    }

    private func park(_ entry: InboxEntry, _ reason: String) async throws {
        try await store.parkWebhook(entry, reason: reason, now: clock())
        report(entry, reason)
    }

    private func report(_ entry: InboxEntry, _ reason: String) {
        logger.error(
            "a webhook needs a person",
            metadata: ["event": "\(entry.eventID)", "reason": "\(reason)"]
        )
    }
}

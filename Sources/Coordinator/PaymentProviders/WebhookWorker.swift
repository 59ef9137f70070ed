import Billing
import Logging
import Model
import Store

/// Carries out what the webhooks' inbox holds: when it is woken, and now and then for what a lost wake-up, a failed
/// question or a crash left behind. Any number may run against one database.
///
/// `SettlementLine` says what is to be done next; here it is done.
public struct WebhookWorker: Sendable {
    private let store: Store
    private let resolver: any EventResolver
    private let policy: BillingPolicy
    private let callsAtOnce: Int
    private let signal: WakeSignal
    private let pollInterval: Duration
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger

    /// - Parameters:
    ///   - callsAtOnce: how many subscriptions the store is asked about at once.
    ///   - clock: the time, as the database and the receiver see it.
    init(
        store: Store,
        resolver: any EventResolver,
        policy: BillingPolicy = BillingPolicy(),
        callsAtOnce: Int = 64,
        signal: WakeSignal,
        pollInterval: Duration = .seconds(5),
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.store = store
        self.resolver = resolver
        self.policy = policy
        self.callsAtOnce = callsAtOnce
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
                    do { try await Task.sleep(for: pollInterval) } catch { return }
                }
            }
            // Apart from the above: a store that is slow to be told must not keep anybody from being woken.
            group.addTask {
                while !Task.isCancelled {
                    await catchUp()
                    do { try await Task.sleep(for: pollInterval) } catch { return }
                }
            }
            await work(listens: true)
            group.cancelAll()
        }
    }

    /// Carries out everything that is due, and returns.
    public func drain() async {
        await work(listens: false)
    }

    /// Tells the store what it was not told in time.
    func catchUp() async {
        await resolver.catchUp()
    }

    private enum Report: Sendable {
        case woken
        case taken([EventGroup], isAll: Bool)
        case takingFailed
        case resolved(SettlementLine.Resolved, StoreTroubleKind?, CallPace.Epoch)
        case written([SettlementLine.Resolved], [SettlementOutcome])
        case writingFailed([SettlementLine.Resolved])
        case told
    }

    /// - Parameter listens: whether it goes on when nothing is left to do, until it is cancelled.
    private func work(listens: Bool) async {
        var line = SettlementLine(callsAtOnce: callsAtOnce)
        await withTaskGroup(of: Report.self) { tasks in
            if listens { tasks.addTask { await nextWake() } }
            while !Task.isCancelled {
                for step in line.steps(now: clock()) { tasks.addTask { await carryOut(step) } }
                guard listens || !line.isIdle, let report = await tasks.next() else { break }
                note(report, in: &line)
                if case .woken = report { tasks.addTask { await nextWake() } }
            }
            tasks.cancelAll()
        }
    }

    private func nextWake() async -> Report {
        var wakes = signal.wakes.makeAsyncIterator()
        await wakes.next()
        return .woken
    }

    private func carryOut(_ step: SettlementLine.Step) async -> Report {
        switch step {
        case .take(let limit): return await take(limit)
        case .resolve(let group, let epoch):
            let resolution = GroupResolution(resolver: resolver, clock: clock, logger: logger)
            let outcome = await resolution.resolve(group)
            return .resolved(.init(group: group, settlement: outcome.settlement), outcome.trouble, epoch)
        case .write(let batch): return await write(batch)
        case .tell(let effect):
            await resolver.settled(effect)
            return .told
        }
    }

    private func note(_ report: Report, in line: inout SettlementLine) {
        switch report {
        case .woken: line.woken()
        case .taken(let groups, let isAll): line.taken(groups, isAll: isAll)
        case .takingFailed: line.takingFailed()
        case .resolved(let resolved, let trouble, let epoch):
            let before = line.pace.silentUntil
            line.resolved(resolved, trouble, since: epoch, now: clock(), jitter: .random(in: 0...1))
            if let until = line.pace.silentUntil, until != before {
                logger.warning(
                    "a store that does not answer is let be",
                    metadata: ["store": "\(resolver.provider)", "until": "\(until)"]
                )
            }
        case .written(let batch, let outcomes): line.written(batch, outcomes)
        case .writingFailed(let batch): line.writingFailed(batch)
        case .told: line.told()
        }
    }

    private func take(_ limit: Int) async -> Report {
        do {
            let now = clock()
            let entries = try await store.takeWebhooks(resolver.provider, limit: limit, now: now)
            let groups = EventGroup.groups(entries, versions: await versions(entries), takenAt: now)
            return .taken(groups, isAll: entries.count < limit)
        } catch {
            if !Task.isCancelled {
                logger.warning("the webhooks' inbox cannot be read", metadata: ["reason": "\(error)"])
            }
            return .takingFailed
        }
    }

    /// Of the subscriptions that they name; nil, and each is read by itself, when they cannot be read.
    private func versions(_ entries: [InboxEntry]) async -> [String: Int64]? {
        let references = entries.compactMap(\.storeReference).map { text in
            StoreReference(provider: resolver.provider, environment: resolver.environment, text: text)
        }
        guard let versions = try? await store.subscriptionVersions(Set(references)) else { return nil }
        return Dictionary(uniqueKeysWithValues: versions.map { ($0.key.text, $0.value) })
    }

    private func write(_ batch: [SettlementLine.Resolved]) async -> Report {
        do {
            let outcomes = try await store.settleWebhooks(batch.map(\.settlement), policy: policy, now: clock())
            for (resolved, outcome) in zip(batch, outcomes) { report(resolved.settlement, outcome) }
            return .written(batch, outcomes)
        } catch {
            if !Task.isCancelled {
                logger.warning("webhooks could not be carried out", metadata: ["reason": "\(error)"])
            }
            return .writingFailed(batch)
        }
    }

    private func report(_ settlement: Settlement, _ outcome: SettlementOutcome) {
        switch outcome {
        case .settled(let outcomes):
            for (event, outcome) in zip(settlement.events, outcomes) {
                switch (event.verdict, outcome) {
                case (_, .settledBefore): break
                case (.parked(let reason), _): report(event.entry, reason)
                case (_, .appliedAndParked(_, let reason)): report(event.entry, "\(reason)")
                default: break
                }
            }
        case .refused(let error):
            logger.error(
                "the database does not take a webhook",
                metadata: ["event": "\(settlement.events[0].entry.eventID)", "reason": "\(error)"]
            )
        case .overtaken, .behind: break
        }
    }

    private func report(_ entry: InboxEntry, _ reason: String) {
        logger.error(
            "a webhook needs a person",
            metadata: ["event": "\(entry.eventID)", "reason": "\(reason)"]
        )
    }
}

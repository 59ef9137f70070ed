import Billing
import Logging
import Model
import Store

/// Asks the stores on a schedule, while its instance holds the lease; every instance runs one.
///
/// The lease only spares the stores from being asked twice: an answer is written under its subscription's lock like any
/// event's effect, so that two who ask at once do no harm.
public struct Reconciliation: Sendable {
    /// How often a store may be asked, and how long it is let be when it does not answer.
    public struct Pace: Sendable {
        public var perSecond: Int
        /// Between two rounds.
        public var interval: Duration = .seconds(10)
        /// Between two readings of a store's own list, and between two trials of what was set aside.
        public var listInterval: Duration = .seconds(3600)
        /// How far back beyond the last reading: a delivery is given up days after its event was made.
        public var listOverlap: Duration = .seconds(4 * 86_400)
        /// How far back at first.
        public var listStart: Duration = .seconds(30 * 86_400)
        /// How many failures in a row end a round.
        public var failuresMax = 3

        public init(perSecond: Int = 10) {
            precondition(perSecond > 0, "nothing would ever be asked")
            self.perSecond = perSecond
        }
    }

    private static let leaseLifetime: Duration = .seconds(60)
    private static let batchSize = 50
    private static let silenceMax: Duration = .seconds(3600)

    private let store: Store
    private let reconcilers: [any StoreReconciler]
    private let environment: BillingEnvironment
    private let instance: InstanceID
    private let pace: Pace
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger

    public init(
        store: Store,
        reconcilers: [any StoreReconciler],
        environment: BillingEnvironment,
        instance: InstanceID,
        pace: Pace = Pace(),
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.store = store
        self.reconcilers = reconcilers
        self.environment = environment
        self.instance = instance
        self.pace = pace
        self.clock = clock
        self.logger = logger
    }

    /// Until the task is cancelled. Each store goes its own way: none waits for another's answers.
    public func run() async {
        await withTaskGroup { group in
            for reconciler in reconcilers { group.addTask { await keep(reconciler) } }
        }
    }

    private func keep(_ reconciler: any StoreReconciler) async {
        var memory = Memory()
        while !Task.isCancelled {
            do {
                try await round(reconciler, &memory)
            } catch {
                logger.warning(
                    "reconciliation was interrupted",
                    metadata: ["store": "\(reconciler.provider)", "reason": "\(error)"]
                )
            }
            do { try await Task.sleep(for: pace.interval) } catch { return }
        }
    }

    /// What one instance remembers of a store; losing it costs a question more.
    struct Memory {
        var failures = 0
        /// The store is let be until then.
        var silentUntil: Timestamp?
        var listedAt: Timestamp?
    }

    /// One look at what is due.
    ///
    /// - Throws: `DatabaseError`.
    func round(_ reconciler: any StoreReconciler, _ memory: inout Memory) async throws {
        guard try await hold(reconciler) else { return }
        if let silentUntil = memory.silentUntil, clock() < silentUntil { return }
        try await readList(of: reconciler, &memory)
        while memory.silentUntil.map({ $0 <= clock() }) ?? true {
            let due = try await store.reconciliationsDue(
                reconciler.provider,
                environment,
                limit: Self.batchSize,
                now: clock()
            )
            for reference in due {
                guard !Task.isCancelled, try await refresh(reference, reconciler, &memory) else { return }
            }
            guard due.count == Self.batchSize, try await hold(reconciler) else { return }
        }
    }

    private func hold(_ reconciler: any StoreReconciler) async throws -> Bool {
        try await store.holdLease(
            named: "billing \(reconciler.provider)",
            instance,
            lifetime: Self.leaseLifetime
        )
    }

    /// False when the store does not answer: the rest would hear the same.
    private func refresh(
        _ reference: StoreReference,
        _ reconciler: any StoreReconciler,
        _ memory: inout Memory
    ) async throws -> Bool {
        do throws(ReconciliationFailure) {
            let outcome = try await reconciler.refresh(reference)
            memory.failures = 0
            if case .unusable(let reason) = outcome {
                logger.error(
                    "a subscription needs a person",
                    metadata: ["store": "\(reconciler.provider)", "reason": "\(reason)"]
                )
            }
        } catch {
            switch error {
            // Whoever wrote it has just asked the store himself.
            case .overtaken: break
            case .database, .store:
                note(error, of: reconciler, &memory)
                return memory.failures < pace.failuresMax
            }
        }
        try await store.noteReconciled(reference, now: clock())
        try? await Task.sleep(for: .seconds(1) / pace.perSecond)
        return true
    }

    private func readList(of reconciler: any StoreReconciler, _ memory: inout Memory) async throws {
        let now = clock()
        if let listedAt = memory.listedAt, now - listedAt < pace.listInterval { return }
        let before = try await store.missedEventsReadUntil(reconciler.provider, environment)
        do throws(ReconciliationFailure) {
            let count = try await reconciler.recoverMissed(
                since: before.map { $0 - pace.listOverlap } ?? now - pace.listStart
            )
            if count > 0 {
                logger.notice(
                    "events that did not get through were read from the store's list",
                    metadata: ["store": "\(reconciler.provider)", "count": "\(count)"]
                )
            }
        } catch {
            return note(error, of: reconciler, &memory)
        }
        try await store.noteMissedEventsRead(reconciler.provider, environment, until: now)
        // A setting that was mended since takes effect by itself.
        _ = try await store.retryParked(reconciler.provider, by: nil, now: now)
        memory.listedAt = now
    }

    private func note(
        _ failure: ReconciliationFailure,
        of reconciler: any StoreReconciler,
        _ memory: inout Memory
    ) {
        memory.failures += 1
        let pause = min(Duration.seconds(60) * (1 << min(memory.failures, 6)), Self.silenceMax)
        if memory.failures >= pace.failuresMax { memory.silentUntil = clock() + pause * Double.random(in: 0.5...1) }
        logger.warning(
            "a store could not be asked",
            metadata: ["store": "\(reconciler.provider)", "reason": "\(failure)"]
        )
    }
}

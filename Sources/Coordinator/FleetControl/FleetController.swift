import FleetPlanning
import Logging
import Model
import Store

/// Looks after the fleet while its instance holds the lease: judges health, brings operations and moves forward. Every
/// instance runs one.
public struct FleetController: Sendable {
    private let store: Store
    private let changeFeed: ChangeFeed
    private let instance: InstanceID
    private let policy: FleetPolicy
    /// Nil leaves capacity to people.
    private let capacity: CapacityTerms?
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    /// How long the lease lasts without being prolonged: as long as nobody looks after the fleet when its holder dies.
    private static let leaseLifetime: Duration = .seconds(10)
    /// Between two looks at a fleet in which nothing moves.
    private static let idleInterval: Duration = .seconds(1)
    private static let capacityInterval: Duration = .seconds(5)
    /// Between two looks of which the first has begun or switched moves: more is likely to be done.
    private static let movingInterval: Duration = .milliseconds(10)
    /// Between two looks while moves are under way.
    private static let busyInterval: Duration = .milliseconds(100)

    public init(
        store: Store,
        changeFeed: ChangeFeed,
        instance: InstanceID,
        policy: FleetPolicy,
        capacity: CapacityTerms?,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.changeFeed = changeFeed
        self.instance = instance
        self.policy = policy
        self.capacity = capacity
        self.logger = logger
        self.now = now
    }

    /// Until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            do {
                if let lease = try await store.holdFleetLease(instance, lifetime: Self.leaseLifetime) {
                    let sight = FleetSight()
                    try await withThrowingTaskGroup { group in
                        group.addTask { try await self.lead(lease, sight) }
                        group.addTask { try await self.keepCapacity(lease, sight) }
                        defer { group.cancelAll() }
                        try await group.next()
                    }
                }
            } catch is LeaseLost {
                logger.notice("another instance looks after the fleet now")
            } catch is CancellationError {
                return
            } catch {
                logger.warning("looking after the fleet was interrupted", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.idleInterval)
        }
    }

    /// As long as the lease is held: a provider takes its time, and nothing else waits for it.
    private func keepCapacity(_ lease: FleetLease, _ sight: FleetSight) async throws {
        guard let capacity else { return try await Task.sleep(for: .seconds(86_400 * 365)) }
        let round = CapacityRound(store: store, terms: capacity, lease: lease, logger: logger)
        while true {
            if let look = sight.lastLook { try await round.run(brake: look.brake, now) }
            try await Task.sleep(for: Self.capacityInterval)
        }
    }

    private static func pause(after outcome: FleetRound.Outcome) -> Duration {
        if outcome.hasMoved { return movingInterval }
        return outcome.isBusy ? busyInterval : idleInterval
    }

    /// As long as the lease is held.
    private func lead(_ first: FleetLease, _ sight: FleetSight) async throws {
        logger.notice("looking after the fleet", metadata: ["epoch": "\(first.epoch)"])
        var round = FleetRound(records: store, policy: policy, now: now(), tick: .now)
        var prolongedAt = ContinuousClock.now
        var chores = Chores(store: store, policy: policy, lease: first)
        while !Task.isCancelled {
            if prolongedAt.duration(to: .now) > Self.leaseLifetime / 3 {
                guard let lease = try await store.holdFleetLease(instance, lifetime: Self.leaseLifetime),
                    lease == first
                else { throw LeaseLost() }
                prolongedAt = .now
            }
            let outcome = try await round.look(lease: first, now: now(), tick: .now)
            sight.note(outcome)
            for node in outcome.changedNodes { changeFeed.nodeChanged(node) }
            if let disturbance = outcome.disturbance {
                logger.warning("silence is counted anew", metadata: ["reason": "\(disturbance)"])
            }
            try await chores.run(now: now(), tick: .now)
            do {
                try await Task.sleep(for: Self.pause(after: outcome))
            } catch {
                break
            }
        }
        try await store.releaseFleetLease(first)
    }
}

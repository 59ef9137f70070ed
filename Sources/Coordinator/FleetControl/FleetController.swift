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
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    /// How long the lease lasts without being prolonged: as long as nobody looks after the fleet when its holder dies.
    private static let leaseLifetime: Duration = .seconds(10)
    /// Between two looks at a fleet in which nothing moves.
    private static let idleInterval: Duration = .seconds(1)
    /// Between two looks while moves are under way.
    private static let busyInterval: Duration = .milliseconds(100)

    public init(
        store: Store,
        changeFeed: ChangeFeed,
        instance: InstanceID,
        policy: FleetPolicy,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.changeFeed = changeFeed
        self.instance = instance
        self.policy = policy
        self.logger = logger
        self.now = now
    }

    /// Until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            do {
                if let lease = try await store.holdFleetLease(instance, lifetime: Self.leaseLifetime) {
                    try await lead(lease)
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

    /// As long as the lease is held.
    private func lead(_ first: FleetLease) async throws {
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
            for node in outcome.changedNodes { changeFeed.nodeChanged(node) }
            if let disturbance = outcome.disturbance {
                logger.warning("silence is counted anew", metadata: ["reason": "\(disturbance)"])
            }
            try await chores.run(now: now(), tick: .now)
            do {
                try await Task.sleep(for: outcome.isBusy ? Self.busyInterval : Self.idleInterval)
            } catch {
                break
            }
        }
        try await store.releaseFleetLease(first)
    }
}

import Model
import Store

/// What the holder of the lease does besides looking at nodes and operations, each at its own pace.
struct Chores {
    private let store: Store
    private let policy: FleetPolicy
    private let lease: FleetLease
    private var steppedAt: ContinuousClock.Instant?
    private var sealedAt: ContinuousClock.Instant?

    private static let stepInterval: Duration = .seconds(1)
    private static let sealInterval: Duration = .seconds(5)
    private static let sealLimit = 5000
    private static let sealBatches = 10

    init(store: Store, policy: FleetPolicy, lease: FleetLease) {
        self.store = store
        self.policy = policy
        self.lease = lease
    }

    mutating func run(now: Timestamp, tick: ContinuousClock.Instant) async throws {
        if Self.isDue(&steppedAt, every: Self.stepInterval, tick) {
            try await RolloutRound(store: store, policy: policy.rollout, lease: lease, now: now).run()
        }
        if Self.isDue(&sealedAt, every: Self.sealInterval, tick) {
            // A drain writes many entries at once.
            for _ in 0..<Self.sealBatches where try await store.sealAudit(limit: Self.sealLimit) < Self.sealLimit {
                break
            }
        }
    }

    private static func isDue(
        _ last: inout ContinuousClock.Instant?,
        every interval: Duration,
        _ tick: ContinuousClock.Instant
    ) -> Bool {
        if let last, last.duration(to: tick) < interval { return false }
        last = tick
        return true
    }
}

import FleetPlanning
import Model
import Placement
import Store

/// One look at the whole fleet, and everything that follows from it. The same code runs in service and under a
/// simulated clock; what it remembers between two looks may be lost at any time.
public struct FleetRound: Sendable {
    /// What a look came to.
    public struct Outcome: Sendable {
        /// Nodes that have something to be sent.
        public var changedNodes: Set<NodeID> = []
        /// Whether to look again soon: moves are under way.
        public var isBusy = false
        /// Whether to look again at once: this look has begun or switched some.
        public var hasMoved = false
        public var brake: MassFailure?
        /// The clock was set, or nobody looked for a while.
        public var disturbance: ClockDisturbance?
    }

    private let records: any FleetRecords
    private let policy: FleetPolicy
    private var clock: ClockWatch
    private let began: ContinuousClock.Instant
    /// Silence before this is not held against anybody.
    private var watchingSince: Timestamp
    private var memories: [OperationID: OperationMemory] = [:]
    private var brake: MassFailure?
    /// As of the last look.
    private var stuckNodes: [NodeID] = []

    /// - Parameters:
    ///   - now: when the lease was taken: nobody is judged by what was before.
    ///   - tick: the same moment on a clock that is never set.
    public init(
        records: any FleetRecords,
        policy: FleetPolicy,
        now: Timestamp,
        tick: ContinuousClock.Instant
    ) {
        self.records = records
        self.policy = policy
        clock = ClockWatch()
        watchingSince = now
        began = tick
        _ = clock.tick(wall: now, monotonic: .zero)
    }

    /// - Throws: `LeaseLost`, or `DatabaseError`; the next call goes on from what is recorded.
    public mutating func look(
        lease: FleetLease?,
        now: Timestamp,
        tick: ContinuousClock.Instant
    ) async throws -> Outcome {
        var outcome = Outcome()
        if let disturbance = clock.tick(wall: now, monotonic: began.duration(to: tick)) {
            watchingSince = now
            outcome.disturbance = disturbance
        }
        let moved = try await MoveRound(
            records: records,
            lease: lease,
            linger: policy.linger,
            stuck: StuckNodes(nodes: stuckNodes, before: now - policy.installPatience),
            now: now
        ).run()
        outcome.changedNodes = moved.changedNodes
        outcome.isBusy = moved.switchedCount > 0
        outcome.hasMoved = moved.switchedCount > 0
        for move in moved.withdrawn {
            guard case .refused = move.reason, let operation = move.operation else { continue }
            memories[operation]?.refused(move.peer)
        }
        let inventory = try await records.fleetInventory(silenceLimit: policy.health.suspectAfter, now: now)
        try await judge(inventory, lease, now, &outcome)
        var fleet = inventory.fleet
        try await relieve(inventory, lease, now, &fleet, &outcome)
        try await operate(inventory, lease, now, tick, &fleet, &outcome)
        return outcome
    }

    /// What nodes that do not do their work have not installed goes to others.
    private mutating func relieve(
        _ inventory: FleetInventory,
        _ lease: FleetLease?,
        _ now: Timestamp,
        _ fleet: inout FleetView,
        _ outcome: inout Outcome
    ) async throws {
        let notices = noticeTroubles(inventory.nodes.map { ($0.observed.id, $0.trouble) }, now: now)
        try await records.recordTroubles(notices, lease: lease, now: now)
        let round = StuckRound(records: records, lease: lease, policy: policy, now: now)
        stuckNodes = round.stuckNodes(of: inventory)
        outcome.changedNodes.formUnion(try await round.run(inventory, stuckNodes, &fleet))
    }

    private mutating func judge(
        _ inventory: FleetInventory,
        _ lease: FleetLease?,
        _ now: Timestamp,
        _ outcome: inout Outcome
    ) async throws {
        let assessment = assessHealth(
            inventory.nodes.map(\.observed),
            policy: policy.health,
            watchingSince: watchingSince,
            now: now
        )
        try await records.recordHealth(assessment.changes, lease: lease, now: now)
        outcome.brake = assessment.brake
        guard assessment.brake != brake else { return }
        if (assessment.brake == nil) != (brake == nil) {
            try await records.recordMassFailure(assessment.brake, lease: lease, now: now)
        }
        brake = assessment.brake
    }

    private mutating func operate(
        _ inventory: FleetInventory,
        _ lease: FleetLease?,
        _ now: Timestamp,
        _ tick: ContinuousClock.Instant,
        _ fleet: inout FleetView,
        _ outcome: inout Outcome
    ) async throws {
        let health = Dictionary(uniqueKeysWithValues: inventory.nodes.map { ($0.observed.id, $0.observed.health) })
        let round = OperationRound(records: records, lease: lease, policy: policy, now: now)
        for operation in inventory.operations {
            var memory =
                memories[operation.id]
                ?? OperationMemory(pace: Pace(perSecond: policy.movesPerSecond, now: tick))
            let one = try await round.run(
                operation,
                health: health[operation.node],
                fleet: &fleet,
                memory: &memory,
                tick: tick
            )
            memories[operation.id] = memory
            outcome.changedNodes.formUnion(one.changedNodes)
            outcome.isBusy = outcome.isBusy || one.isMoving
            outcome.hasMoved = outcome.hasMoved || one.hasBegun
        }
        let open = Set(inventory.operations.map(\.id))
        memories = memories.filter { open.contains($0.key) }
    }
}

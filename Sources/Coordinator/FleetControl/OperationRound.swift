import FleetPlanning
import Model
import Placement
import Store

/// Brings one operation a step further.
struct OperationRound {
    let records: any FleetRecords
    let lease: FleetLease?
    let policy: FleetPolicy
    let now: Timestamp

    /// What came of it, with the fleet as it is after the moves that were begun.
    struct Outcome {
        var changedNodes: Set<NodeID> = []
        var isMoving = false
        var hasBegun = false
    }

    private static let waiting = "waiting for the new nodes to install what is on its way"

    func run(
        _ operation: FleetInventory.Operation,
        health: NodeHealth?,
        fleet: inout FleetView,
        memory: inout OperationMemory,
        tick: ContinuousClock.Instant
    ) async throws -> Outcome {
        var outcome = Outcome(isMoving: operation.inFlight > 0)
        switch OperationRule.next(operation, health: health) {
        case .wait:
            try await record(operation, state: operation.state, reason: Self.waiting, unplaced: 0)
        case .linger(let reason):
            try await record(operation, state: .lingering, reason: reason, unplaced: 0)
        case .end(let state, let reason):
            try await record(operation, state: state, reason: reason, unplaced: 0)
        case .move(let count):
            let allowed = min(
                count,
                policy.movesInFlightMax - operation.inFlight,
                memory.pace.allowed(at: tick),
                MoveRound.batchLimit
            )
            guard allowed > 0 else {
                if operation.inFlight >= policy.movesInFlightMax {
                    try await record(operation, state: operation.state, reason: Self.waiting, unplaced: 0)
                }
                return outcome
            }
            try await begin(allowed, of: operation, &fleet, &memory, &outcome)
        }
        return outcome
    }

    private func begin(
        _ count: Int,
        of operation: FleetInventory.Operation,
        _ fleet: inout FleetView,
        _ memory: inout OperationMemory,
        _ outcome: inout Outcome
    ) async throws {
        let peers = try await records.peersToMove(from: operation.node, limit: count + memory.hopeless.count)
        let hopeful = peers.filter { !memory.hopeless.contains($0.id) }
        let plan = planMoves(of: Array(hopeful.prefix(count)), in: fleet, policy: policy.placement)
        let begun = try await records.beginMoves(plan.moves, of: operation.id, lease: lease, now: now)
        for move in begun { fleet.addPeer(to: move.target) }
        memory.pace.spend(begun.count)
        outcome.changedNodes.formUnion(begun.map(\.target))
        outcome.isMoving = operation.inFlight > 0 || !begun.isEmpty
        outcome.hasBegun = !begun.isEmpty
        // Whoever was refused by several nodes has no use for another place.
        let refused = peers.count - hopeful.count
        let remaining = max(0, operation.placed - operation.inFlight - begun.count - refused)
        let unplaced = plan.unplaced.first
        let isStuck = begun.isEmpty && (unplaced != nil || hopeful.isEmpty && refused > 0)
        var reasons: [String] = []
        if let unplaced { reasons.append("\(remaining) peers have no place: \(unplaced.failure)") }
        if refused > 0 { reasons.append("\(refused) peers were refused by several nodes") }
        try await record(
            operation,
            state: isStuck && operation.inFlight == 0 ? .waiting : .running,
            reason: reasons.isEmpty ? nil : reasons.joined(separator: "; "),
            unplaced: unplaced == nil ? 0 : remaining
        )
    }

    /// Writes only what differs, so that a quiet fleet costs nothing.
    private func record(
        _ operation: FleetInventory.Operation,
        state: OperationRecord.State,
        reason: String?,
        unplaced: Int
    ) async throws {
        let total = max(operation.total, operation.moved + operation.placed)
        guard
            state != operation.state || reason != operation.reason || unplaced != operation.unplaced
                || total != operation.total
        else { return }
        try await records.recordProgress(
            OperationProgress(
                operation: operation.id,
                state: state,
                reason: reason,
                total: total,
                unplaced: unplaced
            ),
            lease: lease,
            now: now
        )
    }
}

/// What a controller remembers of an operation; forgetting it costs a second's pace and a few refusals.
struct OperationMemory {
    var pace: Pace
    private var refusals: [PeerID: Int] = [:]
    /// Peers that several targets have refused: their places stay what they are.
    private(set) var hopeless: Set<PeerID> = []

    private static let refusalsMax = 3

    init(pace: Pace) {
        self.pace = pace
    }

    mutating func refused(_ peer: PeerID) {
        refusals[peer, default: 0] += 1
        if refusals[peer, default: 0] >= Self.refusalsMax { hopeless.insert(peer) }
    }
}

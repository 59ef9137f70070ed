import FleetPlanning
import Model
import Store

/// Brings every move a step further that can go one: switches what is acknowledged, withdraws what cannot end, and lets
/// the old nodes go of what has lingered.
struct MoveRound {
    struct Outcome: Sendable {
        var changedNodes: Set<NodeID> = []
        var withdrawn: [WithdrawnMove] = []
        var switchedCount = 0
    }

    /// How many rows one transaction changes at most: locks are held for as long as that takes.
    static let batchLimit = 2000
    /// How many transactions of each kind a round makes, so that no kind starves the others.
    private static let batches = 4

    let records: any FleetRecords
    let lease: FleetLease?
    let linger: Duration
    let stuck: StuckNodes
    let now: Timestamp

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for _ in 0..<Self.batches {
            let switched = try await records.switchMoves(
                of: nil,
                linger: linger,
                limit: Self.batchLimit,
                lease: lease,
                now: now
            )
            outcome.switchedCount += switched.count
            outcome.changedNodes.formUnion(switched.map(\.source))
            if switched.count < Self.batchLimit { break }
        }
        for _ in 0..<Self.batches {
            let withdrawn = try await records.withdrawMoves(
                stuck: stuck,
                limit: Self.batchLimit,
                lease: lease,
                now: now
            )
            outcome.withdrawn += withdrawn
            outcome.changedNodes.formUnion(withdrawn.map(\.target))
            if withdrawn.count < Self.batchLimit { break }
        }
        for _ in 0..<Self.batches {
            let nodes = try await records.endLingering(limit: Self.batchLimit, lease: lease, now: now)
            outcome.changedNodes.formUnion(nodes)
            if nodes.isEmpty { break }
        }
        _ = try await records.forgetLetGo(lease: lease)
        return outcome
    }
}

import FleetPlanning
import Model
import Placement
import Store

/// Places elsewhere what nodes that do not do their work have not installed in time.
struct StuckRound {
    let records: any FleetRecords
    let lease: FleetLease?
    let policy: FleetPolicy
    let now: Timestamp

    /// Nodes that have not done their work for `installPatience`. What a lost node holds is replaced as a whole.
    func stuckNodes(of inventory: FleetInventory) -> [NodeID] {
        inventory.nodes.filter { node in
            guard node.observed.health != .lost, let since = node.uselessSince else { return false }
            return now - since >= policy.installPatience
        }.map(\.observed.id)
    }

    /// - Returns: the nodes that have something to be sent.
    func run(
        _ inventory: FleetInventory,
        _ stuckNodes: [NodeID],
        _ fleet: inout FleetView
    ) async throws -> Set<NodeID> {
        // Regions without room are left out, so that their peers do not stand before those of others.
        let roomy = Set(fleet.nodes.filter { $0.isOpen && $0.peerCount < $0.capacity }.map(\.region))
        let regions = Dictionary(fleet.nodes.map { ($0.id, $0.region) }) { first, _ in first }
        let stuck = StuckNodes(
            nodes: stuckNodes.filter { regions[$0].map(roomy.contains) ?? false },
            before: now - policy.installPatience
        )
        guard !stuck.nodes.isEmpty else { return [] }
        let peers = try await records.stuckPeers(stuck, limit: MoveRound.batchLimit)
        let plan = planMoves(of: peers, in: fleet, policy: policy.placement)
        let placed = try await records.placeElsewhere(
            plan.moves,
            reason: "the node does not do its work",
            lease: lease,
            now: now
        )
        for move in placed { fleet.addPeer(to: move.target) }
        return Set(placed.flatMap { [$0.source, $0.target] })
    }
}

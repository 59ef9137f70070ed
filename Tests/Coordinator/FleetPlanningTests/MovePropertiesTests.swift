import FleetPlanning
import Model
import Placement
import Testing

/// What holds for every plan, over fleets that a seed repeats.
@Suite struct MovePropertiesTests {
    @Test(arguments: 0..<400) func `every peer has a move or a reason, and no node more than it may hold`(seed: UInt64)
    {
        let fleet = RandomFleet(seed: seed)
        let plan = planMoves(of: fleet.leaving, in: fleet.view, policy: fleet.policy)
        let planned = plan.moves.map(\.peer), unplaced = plan.unplaced.map(\.peer.id)
        #expect((planned + unplaced).sorted() == fleet.leaving.map(\.id).sorted())
        #expect(plan.deferred == 0)
        #expect(plan.missingPlaces.values.reduce(0, +) == unplaced.count)
        let after = peerCounts(plan, in: fleet.view)
        let byID = Dictionary(uniqueKeysWithValues: fleet.view.nodes.map { ($0.id, $0) })
        let peers = Dictionary(uniqueKeysWithValues: fleet.leaving.map { ($0.id, $0) })
        for move in plan.moves {
            guard let target = byID[move.target], let peer = peers[move.peer] else {
                Issue.record("a move of nobody, or to nowhere")
                continue
            }
            #expect(move.source == peer.source && move.target != peer.source)
            #expect(target.region == peer.region)
            #expect(target.isHealthy && !target.isCordoned && !target.isRetired)
            #expect(after[target.id, default: 0] <= target.capacity)
        }
        for target in plan.targets { #expect(target.after == after[target.node]) }
        #expect(plan.targets.map(\.added).reduce(0, +) == plan.moves.count)
    }

    @Test(arguments: 0..<400) func `a peer stays only when no node of its region could take it`(seed: UInt64) {
        let fleet = RandomFleet(seed: seed)
        let plan = planMoves(of: fleet.leaving, in: fleet.view, policy: fleet.policy)
        let after = peerCounts(plan, in: fleet.view)
        for peer in plan.unplaced.map(\.peer) {
            let places = fleet.view.nodes.filter {
                $0.region == peer.region && $0.isHealthy && !$0.isCordoned && !$0.isRetired && $0.id != peer.source
                    && after[$0.id, default: 0] < $0.capacity
            }
            #expect(places.isEmpty)
        }
    }

    @Test(arguments: 0..<400) func `a plan is what place would choose for one peer after the other`(seed: UInt64) {
        var fleet = RandomFleet(seed: seed)
        let plan = planMoves(of: fleet.leaving, in: fleet.view, policy: fleet.policy)
        let policy = PlacementPolicy(spreadsSubscriptions: fleet.policy.spreadsSubscriptions)
        var moves: [PlannedMove] = []
        var failures: [PeerID: PlacementFailure] = [:]
        var places = fleet.places
        for peer in fleet.leaving {
            let companions = (places[peer.subscription] ?? [:]).filter { $0.key != peer.id }.map(\.value)
            let request = PlacementRequest(region: peer.region, nodesInUse: companions)
            switch place(request, in: leaving(peer.source, fleet.view), policy: policy) {
            case .success(let target):
                moves.append(PlannedMove(peer: peer.id, source: peer.source, target: target))
                fleet.view.addPeer(to: target)
                places[peer.subscription]?[peer.id] = target
            case .failure(let failure): failures[peer.id] = failure
            }
        }
        #expect(plan.moves == moves)
        #expect(Dictionary(uniqueKeysWithValues: plan.unplaced.map { ($0.peer.id, $0.failure) }) == failures)
    }

    @Test(arguments: 0..<200) func `what a plan leaves, the next one leaves too`(seed: UInt64) {
        var fleet = RandomFleet(seed: seed)
        let first = planMoves(of: fleet.leaving, in: fleet.view, policy: fleet.policy)
        fleet.carryOut(first.moves)
        let second = planMoves(of: fleet.leaving, in: fleet.view, policy: fleet.policy)
        #expect(second.moves.isEmpty)
        #expect(second.unplaced.map(\.peer.id) == first.unplaced.map(\.peer.id))
        #expect(second.missingPlaces == first.missingPlaces)
    }

    @Test(arguments: 0..<200) func `at a pace the same peers come to the same nodes`(seed: UInt64) {
        var fleet = RandomFleet(seed: seed)
        let whole = planMoves(of: fleet.leaving, in: fleet.view, policy: fleet.policy)
        var moves: [PlannedMove] = []
        while true {
            let part = planMoves(of: fleet.leaving, in: fleet.view, policy: fleet.policy, limit: 3)
            #expect(part.moves.count <= 3)
            #expect(part.moves.count + part.deferred + moves.count == whole.moves.count)
            #expect(part.unplaced.map(\.peer.id) == whole.unplaced.map(\.peer.id))
            if part.moves.isEmpty { break }
            moves += part.moves
            fleet.carryOut(part.moves)
        }
        #expect(moves == whole.moves)
    }

    /// The fleet as `place` should see it for a peer that leaves `source`.
    private func leaving(_ source: NodeID, _ view: FleetView) -> FleetView {
        FleetView(
            nodes: view.nodes.map { node in
                guard node.id == source, node.isHealthy else { return node }
                return FleetNode(
                    id: node.id,
                    region: node.region,
                    capacity: node.capacity,
                    peerCount: node.peerCount,
                    isCordoned: true,
                    isRetired: node.isRetired,
                    isHealthy: node.isHealthy
                )
            }
        )
    }

    private func peerCounts(_ plan: MovePlan, in view: FleetView) -> [NodeID: Int] {
        var counts = Dictionary(uniqueKeysWithValues: view.nodes.map { ($0.id, $0.peerCount) })
        for move in plan.moves { counts[move.target, default: 0] += 1 }
        return counts
    }
}

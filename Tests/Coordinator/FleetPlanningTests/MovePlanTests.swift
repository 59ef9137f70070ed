import FleetPlanning
import Model
import Placement
import Testing

/// Plans as an operator reads them.
@Suite struct MovePlanTests {
    @Test func `a drain fills the other nodes evenly`() throws {
        let fleet = FleetView(nodes: [
            node(1, capacity: 1000, peers: 600, cordoned: true), node(2, capacity: 1000, peers: 400),
            node(3, capacity: 2000, peers: 400), node(4, capacity: 1000, peers: 900, cordoned: true),
            node(5, region: ams1, capacity: 1000, peers: 12),
        ])
        let plan = planMoves(of: peers(600, from: 1), in: fleet, policy: PlacementPolicy())
        try GoldenText.expect(plan.text(names: names(1...5)), is: "drain")
    }

    @Test func `a drain without room moves what fits, and says what is missing`() throws {
        let fleet = FleetView(nodes: [
            node(1, capacity: 100, peers: 60), node(2, capacity: 50, peers: 30), node(3, capacity: 40, peers: 40),
            node(4, capacity: 50, peers: 0, healthy: false),
            node(5, region: ams1, capacity: 10, peers: 8), node(6, region: ams1, capacity: 10, cordoned: true),
        ])
        let leaving = peers(60, from: 1) + peers(8, from: 5, region: ams1, first: 101)
        let plan = planMoves(of: leaving, in: fleet, policy: PlacementPolicy(reserve_permille: 500))
        #expect(plan.missingPlaces == [fra1: 40, ams1: 8])
        try GoldenText.expect(plan.text(names: names(1...6)), is: "drain-without-room")
    }

    @Test func `a plan with a limit says what comes later`() throws {
        let fleet = FleetView(nodes: [node(1, capacity: 9, peers: 9), node(2, capacity: 7), node(3, capacity: 1)])
        let plan = planMoves(of: peers(9, from: 1), in: fleet, policy: PlacementPolicy(), limit: 5)
        #expect(plan.deferred == 3)
        try GoldenText.expect(plan.description, is: "drain-at-a-pace")
    }

    @Test func `nothing to move is said in words`() {
        let plan = planMoves(of: [], in: FleetView(nodes: []), policy: PlacementPolicy())
        #expect(plan.description == "no peer has to move\n")
    }

    @Test func `the last node of a region is drained nowhere`() {
        let fleet = FleetView(nodes: [node(1, capacity: 100, peers: 2)])
        let plan = planMoves(of: peers(2, from: 1), in: fleet, policy: PlacementPolicy())
        #expect(plan.moves.isEmpty && plan.missingPlaces == [fra1: 2])
        #expect(plan.unplaced.map(\.failure) == Array(repeating: .noHealthyNode(PassedOver(cordoned: 1)), count: 2))
    }

    @Test func `two drains do not feed each other`() {
        let fleet = FleetView(nodes: [
            node(1, capacity: 100, peers: 2, cordoned: true), node(2, capacity: 100, peers: 2, cordoned: true),
        ])
        let leaving = peers(2, from: 1) + peers(2, from: 2, first: 11)
        #expect(planMoves(of: leaving, in: fleet, policy: PlacementPolicy()).moves.isEmpty)
    }

    @Test func `peers of one subscription that move together are spread too`() {
        let fleet = FleetView(nodes: [
            node(1, capacity: 100, peers: 3, cordoned: true), node(2, capacity: 100, peers: 90),
            node(3, capacity: 100), node(4, capacity: 100, peers: 50),
        ])
        let leaving = (1...3 as ClosedRange<UInt64>).map { number in
            PeerToMove(
                id: peerID(number),
                subscription: subscriptionID(1),
                source: nodeID(1),
                region: fra1,
                companions: [nodeID(1), nodeID(1)]
            )
        }
        let plan = planMoves(of: leaving, in: fleet, policy: PlacementPolicy())
        #expect(plan.moves.map(\.target) == [nodeID(3), nodeID(4), nodeID(2)])
    }

    @Test func `an unknown region is no reason to fail for the others`() {
        let fleet = FleetView(nodes: [node(1, capacity: 5, peers: 1), node(2, capacity: 5)])
        let leaving = peers(1, from: 1, region: ams1) + peers(1, from: 1, first: 2)
        let plan = planMoves(of: leaving, in: fleet, policy: PlacementPolicy())
        #expect(plan.unplaced.map(\.failure) == [.unknownRegion(ams1)])
        #expect(plan.moves == [PlannedMove(peer: peerID(2), source: nodeID(1), target: nodeID(2))])
    }

    private func peers(
        _ count: UInt64,
        from source: UInt64,
        region: RegionName = fra1,
        first: UInt64 = 1
    ) -> [PeerToMove] {
        (first..<first + count).map { number in
            PeerToMove(id: peerID(number), subscription: subscriptionID(number), source: nodeID(source), region: region)
        }
    }
}

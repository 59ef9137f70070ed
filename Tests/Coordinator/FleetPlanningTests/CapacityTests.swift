import FleetPlanning
import Model
import Placement
import SeededRandom
import Testing

@Suite struct CapacityTests {
    private let now = Timestamp(seconds: 1_800_000_000)
    private let policy = CapacityPolicy(nodeCapacity: 100)

    @Test func `every kind of decision gives its figures`() throws {
        let pairs: [(String, RegionSituation)] = [
            ("full", situation([90, 90, 70])),
            ("calm", situation([60, 60, 60])),
            ("full with a node on the way", situation([90, 90, 60], pending: 1)),
            ("two nodes that cannot lose one", situation([60, 50])),
            ("one node with one peer", situation([1])),
            ("one node without peers", situation([0])),
            ("no node", situation([])),
            ("peers without a place", situation([100, 100], missing: 250)),
            ("peers without a place, some help on the way", situation([100, 100], pending: 3, missing: 250)),
            ("peers without a place, enough help on the way", situation([90, 90], pending: 4, missing: 50)),
            ("more than may be asked for at once", situation([100, 100], missing: 2000)),
            ("nearly empty", situation([20, 5, 30, 10])),
            ("nearly empty, but one is all there must be", situation([5])),
        ]
        let text = pairs.map { name, situation in
            let decisions = planCapacity([situation], policy: policy, now: now)
            return "# \(name)\n" + (decisions.first?.text(names: names(1...9)) ?? "nothing\n")
        }
        try GoldenText.expect(text.joined(separator: "\n"), is: "capacity")
    }

    @Test func `regions are decided in order, one decision each`() {
        let regions = [situation([90, 90, 70]), situation([90, 90, 70], region: ams1), situation([0, 0, 0])]
        let decisions = planCapacity(regions, policy: policy, now: now)
        #expect(decisions.map(region) == [ams1, fra1, fra1])
    }

    @Test func `the cool-down holds but where peers have no place`() {
        let recently = now - .seconds(599), before = now - .seconds(600)
        #expect(decide(situation([90, 90, 70], last: recently)) == nil)
        #expect(decide(situation([90, 90, 70], last: before)) != nil)
        #expect(decide(situation([5, 5, 5], last: recently)) == nil)
        #expect(decide(situation([5, 5, 5], last: before)) != nil)
        #expect(decide(situation([100, 100], missing: 1, last: recently)) != nil)
        #expect(decide(situation([], last: recently)) != nil)
        // Noted by a clock that has been put back since.
        #expect(decide(situation([90, 90, 70], last: now + .seconds(601))) != nil)
    }

    @Test func `nothing is given back while anything is unsettled`() {
        let calm = situation([5, 5, 5])
        #expect(decide(calm) != nil)
        #expect(decide(situation([5, 5, 5], pending: 1)) == nil)
        #expect(decide(situation([5, 5, 5], missing: 1)) == nil)
        let silent = calm.nodes + [node(8, capacity: 100, healthy: false)]
        #expect(decide(RegionSituation(region: fra1, nodes: silent)) == nil)
        let draining = calm.nodes + [node(8, capacity: 100, cordoned: true)]
        #expect(decide(RegionSituation(region: fra1, nodes: draining)) == nil)
        let retired = calm.nodes + [node(8, capacity: 100, retired: true)]
        #expect(decide(RegionSituation(region: fra1, nodes: retired)) != nil)
    }

    @Test func `while the brake holds nothing is decided`() {
        let watch = Timestamp(seconds: 0)
        let silent = (1...4 as ClosedRange<UInt64>).map { number in
            ObservedNode(
                id: nodeID(number),
                region: fra1,
                health: .suspect,
                healthSince: watch,
                heardAt: watch,
                isLinked: false,
                revision: .zero,
                appliedRevision: .zero,
                flapPenalty: 0,
                flapPenaltyAt: watch
            )
        }
        let brake = assessHealth(silent, policy: HealthPolicy(), watchingSince: watch, now: now).brake
        #expect(brake != nil)
        #expect(planCapacity([situation([])], policy: policy, now: now, brake: brake).isEmpty)
    }

    @Test func `the least number of nodes is kept and made`() {
        let three = CapacityPolicy(minNodes: 3, nodeCapacity: 100)
        #expect(planCapacity([situation([1, 1, 1])], policy: three, now: now).isEmpty)
        let decision = planCapacity([situation([1])], policy: three, now: now).first
        #expect(decision.flatMap(added) == 2)
        let none = CapacityPolicy(minNodes: 0, nodeCapacity: 100)
        #expect(planCapacity([situation([])], policy: none, now: now).isEmpty)
        #expect(planCapacity([situation([0])], policy: none, now: now).isEmpty)
    }

    /// The decision is carried out, and the region looked at again after the cool-down, until it says nothing.
    @Test(arguments: 0..<300) func `a region comes to rest, within bounds, and does not swing`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let policy = CapacityPolicy(
            keepsHeadroom: Bool.random(using: &random),
            maxNodesAtOnce: Int.random(in: 1...5, using: &random),
            minNodes: Int.random(in: 0...3, using: &random),
            nodeCapacity: Int.random(in: 1...200, using: &random)
        )
        var nodes = (0..<UInt64.random(in: 0...8, using: &random)).map { number in
            let capacity = Int.random(in: 1...200, using: &random)
            return node(number, capacity: capacity, peers: Int.random(in: 0...capacity, using: &random))
        }
        let peers = nodes.reduce(0) { $0 + $1.peerCount }
        var missing = Int.random(in: 0...2, using: &random) == 0 ? Int.random(in: 0...400, using: &random) : 0
        var hasShrunk = false
        for round in 0..<500 {
            let situation = RegionSituation(region: fra1, nodes: nodes, missingPlaces: missing)
            guard let decision = planCapacity([situation], policy: policy, now: now).first else {
                let capacity = nodes.reduce(0) { $0 + $1.capacity }
                #expect(nodes.count >= min(policy.minNodes, 1))
                #expect((peers + missing) * 10 <= capacity * 8)
                return
            }
            switch decision {
            case .add(_, let count, _):
                #expect((1...policy.maxNodesAtOnce).contains(count))
                for _ in 0..<count {
                    nodes.append(node(UInt64(1000 + nodes.count + round * 10), capacity: policy.nodeCapacity))
                }
                // It may shrink after it grew: a small old node that new ones make needless.
                #expect(!hasShrunk, "it grows after it has shrunk")
            case .remove(_, let removed, _):
                #expect(missing == 0)
                let moving = nodes.first { $0.id == removed }?.peerCount ?? 0
                nodes.removeAll { $0.id == removed }
                missing = moving
                #expect(nodes.reduce(0) { $0 + $1.capacity } >= nodes.reduce(0) { $0 + $1.peerCount } + missing)
                hasShrunk = true
            }
            // Peers without a place find one on the nodes that are there now.
            nodes = nodes.map { each in
                let taken = min(missing, each.capacity - each.peerCount)
                missing -= taken
                return FleetNode(
                    id: each.id,
                    region: fra1,
                    capacity: each.capacity,
                    peerCount: each.peerCount + taken
                )
            }
        }
        Issue.record("the region never comes to rest")
    }

    private func decide(_ situation: RegionSituation) -> CapacityDecision? {
        planCapacity([situation], policy: policy, now: now).first
    }

    private func region(_ decision: CapacityDecision) -> RegionName {
        switch decision {
        case .add(let region, _, _), .remove(let region, _, _): region
        }
    }

    private func added(_ decision: CapacityDecision) -> Int? {
        if case .add(_, let count, _) = decision { count } else { nil }
    }

    /// Nodes for 100 peers each, with so many.
    private func situation(
        _ peers: [Int],
        region: RegionName = fra1,
        pending: Int = 0,
        missing: Int = 0,
        last: Timestamp? = nil
    ) -> RegionSituation {
        RegionSituation(
            region: region,
            nodes: peers.enumerated().map { node(UInt64($0 + 1), region: region, capacity: 100, peers: $1) },
            pendingNodes: pending,
            missingPlaces: missing,
            lastDecisionAt: last
        )
    }
}

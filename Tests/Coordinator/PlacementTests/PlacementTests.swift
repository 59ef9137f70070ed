import Model
import Placement
import SeededRandom
import Testing

@Suite struct PlacementTests {
    @Test func `a region that no living node belongs to is unknown`() {
        let fleet = FleetView(nodes: [node(1, capacity: 5, retired: true), node(2, region: "ams1", capacity: 5)])
        #expect(place(PlacementRequest(region: fra1), in: fleet) == .failure(.unknownRegion(fra1)))
    }

    @Test func `a region without room says how many nodes were passed over and why`() {
        let fleet = FleetView(nodes: [
            node(1, capacity: 5, peers: 5), node(2, capacity: 0), node(3, capacity: 5, cordoned: true),
            node(4, capacity: 5, healthy: false),
        ])
        let expected = PassedOver(cordoned: 1, unhealthy: 1, full: 2)
        #expect(place(PlacementRequest(region: fra1), in: fleet) == .failure(.regionFull(expected)))
    }

    @Test func `a region whose nodes are all silent or cordoned is not called full`() {
        let fleet = FleetView(nodes: [node(1, capacity: 5, cordoned: true), node(2, capacity: 5, healthy: false)])
        let expected = PassedOver(cordoned: 1, unhealthy: 1)
        #expect(place(PlacementRequest(region: fra1), in: fleet) == .failure(.noHealthyNode(expected)))
    }

    @Test func `one rule says why a node takes no peers`() {
        func node(
            cordoned: Bool = false,
            retired: Bool = false,
            healthy: Bool = true,
            heard: Bool = true,
            outOfOrder: Bool = false,
            ipv6: Bool = true
        ) -> FleetNode {
            FleetNode(
                id: id(1),
                region: fra1,
                capacity: 5,
                peerCount: 0,
                isCordoned: cordoned,
                isRetired: retired,
                isHealthy: healthy,
                wasHeard: heard,
                isOutOfOrder: outOfOrder,
                offersIPv6: ipv6
            )
        }
        let cases: [(FleetNode, NodeClosure?)] = [
            (node(), nil), (node(retired: true), .retired), (node(cordoned: true), .cordoned),
            (node(healthy: false, heard: false), .neverHeard), (node(healthy: false), .unhealthy),
            (node(outOfOrder: true), .outOfOrder), (node(ipv6: false), nil),
        ]
        for (node, closure) in cases {
            #expect(node.closure == closure)
            let placed = place(PlacementRequest(region: fra1), in: FleetView(nodes: [node]))
            #expect((placed == .success(id(1))) == (closure == nil))
        }
    }

    @Test func `nodes that are out of order are counted as such, and no region is full for them`() {
        let fleet = FleetView(nodes: [FleetNode(id: id(1), region: fra1, capacity: 5, peerCount: 0, isOutOfOrder: true)]
        )
        let expected = PassedOver(outOfOrder: 1)
        #expect(place(PlacementRequest(region: fra1), in: fleet) == .failure(.noHealthyNode(expected)))
        #expect("\(expected)" == "0 cordoned, 0 unhealthy, 1 out of order, 0 full")
    }

    @Test func `a node is heard for three of its own heartbeats, or as long as the limit is`() {
        let now = Timestamp(seconds: 1_800_000_000)
        func isHeard(_ seconds: Int, every interval: Int) -> Bool {
            FleetNode.isHeard(
                at: now - .seconds(seconds),
                heartbeatInterval: .seconds(interval),
                silenceLimit: .seconds(45),
                now: now
            )
        }
        #expect(isHeard(44, every: 1) && !isHeard(45, every: 1))
        #expect(isHeard(89, every: 30) && !isHeard(90, every: 30))
        #expect(isHeard(-60, every: 1))
        let never = FleetNode.isHeard(at: nil, heartbeatInterval: .zero, silenceLimit: .seconds(45), now: now)
        #expect(!never)
    }

    @Test(arguments: [
        ("10.64.0.0/10", ["CRI-O", "Podman", "Kubernetes services"]), ("10.96.4.0/24", ["Kubernetes services"]),
        ("10.0.0.0/8", ["CRI-O", "Podman", "Kubernetes services", "flannel"]), ("10.192.0.0/12", []),
    ])
    func `a pool says which networks of others it covers`(pool: String, uses: [String]) throws {
        let pool = try AddressPool(ipv4: #require(IPPrefix(pool)), ipv6: #require(IPPrefix("fd00::/64")))
        #expect(pool.collisions.map(\.use) == uses)
    }

    @Test func `a subscription's peers go to different nodes even when others are emptier`() {
        let fleet = FleetView(nodes: [node(1, capacity: 100), node(2, capacity: 100, peers: 90)])
        let request = PlacementRequest(region: fra1, nodesInUse: [id(1)])
        #expect(place(request, in: fleet) == .success(id(2)))
        let gathered = PlacementPolicy(spreadsSubscriptions: false)
        #expect(place(request, in: fleet, policy: gathered) == .success(id(1)))
    }

    @Test func `the reserve is left free`() {
        let fleet = FleetView(nodes: [node(1, capacity: 10, peers: 8)])
        let request = PlacementRequest(region: fra1)
        #expect(place(request, in: fleet, policy: PlacementPolicy(reserve_permille: 100)) == .success(id(1)))
        let full = Result<NodeID, PlacementFailure>.failure(.regionFull(PassedOver(full: 1)))
        #expect(place(request, in: fleet, policy: PlacementPolicy(reserve_permille: 200)) == full)
        #expect(place(request, in: fleet, policy: PlacementPolicy(reserve_permille: 1000)) == full)
    }

    @Test func `the greatest numbers do not overflow`() {
        let fleet = FleetView(nodes: [
            node(1, capacity: .max, peers: .max - 1), node(2, capacity: .max, peers: .max - 2),
        ])
        #expect(place(PlacementRequest(region: fra1), in: fleet) == .success(id(2)))
    }

    @Test(arguments: 0..<200) func `whatever the fleet, the choice is allowed and the least`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let nodes = (1...UInt64.random(in: 1...12, using: &random)).map { number in
            node(
                number,
                region: Bool.random(using: &random) ? "fra1" : "ams1",
                capacity: Int.random(in: 0...6, using: &random),
                peers: Int.random(in: 0...6, using: &random),
                cordoned: Int.random(in: 0..<5, using: &random) == 0,
                retired: Int.random(in: 0..<5, using: &random) == 0,
                healthy: Int.random(in: 0..<5, using: &random) != 0
            )
        }
        let used = (0..<3).map { _ in id(UInt64.random(in: 1...12, using: &random)) }
        let request = PlacementRequest(region: fra1, nodesInUse: used)
        let open = nodes.filter {
            $0.region == fra1 && !$0.isRetired && !$0.isCordoned && $0.isHealthy && $0.peerCount < $0.capacity
        }
        let answer = place(request, in: FleetView(nodes: nodes))
        #expect(answer == place(request, in: FleetView(nodes: nodes.shuffled(using: &random))), "order matters")
        switch answer {
        case .success(let chosen):
            let node = open.first { $0.id == chosen }
            #expect(node != nil)
            let companions = request.peersOnNode[chosen, default: 0]
            #expect(open.allSatisfy { request.peersOnNode[$0.id, default: 0] >= companions })
        case .failure(let failure):
            #expect(open.isEmpty, "\(failure)")
            #expect((failure == .unknownRegion(fra1)) == nodes.allSatisfy { $0.region != fra1 || $0.isRetired })
        }
    }

    /// Placements one after the other, as an operator would read them. Re-record on purpose only.
    @Test func `twelve peers fill a small region like this`() {
        var nodes = [node(1, capacity: 4), node(2, capacity: 8), node(3, capacity: 8, cordoned: true)]
        var used: [NodeID] = []
        var lines: [String] = []
        for number in 1...13 {
            switch place(
                PlacementRequest(region: fra1, nodesInUse: number <= 4 ? used : []),
                in: FleetView(nodes: nodes)
            ) {
            case .success(let chosen):
                let index = nodes.firstIndex { $0.id == chosen } ?? 0
                used.append(chosen)
                nodes[index] = node(
                    nodes[index].id.low,
                    capacity: nodes[index].capacity,
                    peers: nodes[index].peerCount + 1
                )
                lines.append("\(number) -> node \(chosen.low)  (\(nodes[0].peerCount)/4 \(nodes[1].peerCount)/8)")
            case .failure(let failure): lines.append("\(number) -> \(failure)")
            }
        }
        #expect(lines.joined(separator: "\n") == golden)
    }

    private let golden = """
        1 -> node 2  (0/4 1/8)
        2 -> node 1  (1/4 1/8)
        3 -> node 2  (1/4 2/8)
        4 -> node 1  (2/4 2/8)
        5 -> node 2  (2/4 3/8)
        6 -> node 2  (2/4 4/8)
        7 -> node 2  (2/4 5/8)
        8 -> node 1  (3/4 5/8)
        9 -> node 2  (3/4 6/8)
        10 -> node 2  (3/4 7/8)
        11 -> node 1  (4/4 7/8)
        12 -> node 2  (4/4 8/8)
        13 -> region full: 1 cordoned, 0 unhealthy, 2 full
        """

    private let fra1 = RegionName("fra1")!

    private func id(_ number: UInt64) -> NodeID { NodeID(high: 0, low: number) }

    private func node(
        _ number: UInt64,
        region: String = "fra1",
        capacity: Int,
        peers: Int = 0,
        cordoned: Bool = false,
        retired: Bool = false,
        healthy: Bool = true
    ) -> FleetNode {
        FleetNode(
            id: id(number),
            region: RegionName(region)!,
            capacity: capacity,
            peerCount: peers,
            isCordoned: cordoned,
            isRetired: retired,
            isHealthy: healthy
        )
    }
}

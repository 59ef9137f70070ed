import FleetPlanning
import Model
import Placement
import SeededRandom

/// A fleet of which half the nodes are cordoned and full, and the others have to take their peers.
struct SyntheticFleet {
    let view: FleetView
    let leaving: [PeerToMove]
    private let places: Int

    /// - Parameter household: how many peers a subscription has.
    /// - Parameter room_permille: how many of the peers that leave there are places for.
    init(nodes: Int, peers: Int, regions: Int, household: Int = 1, room_permille: Int = 1200) {
        let names = (0..<regions).map { RegionName("region-\($0)")! }
        // Node and peer identifiers as they are in a real fleet: random, here from a fixed seed.
        var random = SplitMix64(seed: 7)
        let ids = (0..<nodes).map { _ in NodeID.random(using: &random) }
        let half = nodes / 2
        let each = peers / half
        let room = each * room_permille / 1000
        view = FleetView(
            nodes: ids.enumerated().map { index, id in
                let isLeft = index < half
                return FleetNode(
                    id: id,
                    region: names[index % regions],
                    capacity: isLeft ? each : room + index % 7,
                    peerCount: isLeft ? each : index % 7,
                    isCordoned: isLeft
                )
            }
        )
        places = room * half
        var leaving: [PeerToMove] = []
        leaving.reserveCapacity(each * half)
        var subscription = SubscriptionID.random(using: &random)
        for number in 0..<each * half {
            if number % household == 0 { subscription = SubscriptionID.random(using: &random) }
            let source = number / each
            leaving.append(
                PeerToMove(
                    id: PeerID.random(using: &random),
                    subscription: subscription,
                    source: ids[source],
                    region: names[source % regions],
                    companions: (1..<household).map { ids[(source + $0 * regions) % nodes] }
                )
            )
        }
        self.leaving = leaving
    }

    func check(_ plan: MovePlan) {
        precondition(plan.moves.count == min(leaving.count, places), "places were left, or taken twice")
        precondition(plan.moves.count + plan.unplaced.count == leaving.count, "a peer was forgotten")
        precondition(plan.targets.allSatisfy { $0.after <= $0.capacity }, "a node is above its capacity")
    }
}

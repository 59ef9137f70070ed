import FleetPlanning
import Model
import Placement
import SeededRandom

/// A small fleet with subscriptions all over it, of which some peers have to move; one seed repeats it.
struct RandomFleet {
    var view: FleetView
    /// The place of each peer, by subscription.
    var places: [SubscriptionID: [PeerID: NodeID]] = [:]
    var leaving: [PeerToMove] = []
    let policy: PlacementPolicy

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let regions = [fra1, ams1, RegionName("nyc1")!]
        let nodeCount = UInt64.random(in: 1...14, using: &random)
        let nodes = (1...nodeCount).map { number in
            node(
                number,
                region: regions[Int.random(in: 0..<2, using: &random)],
                capacity: Int.random(in: 0...9, using: &random),
                peers: Int.random(in: 0...9, using: &random),
                cordoned: Int.random(in: 0..<4, using: &random) == 0,
                retired: Int.random(in: 0..<6, using: &random) == 0,
                healthy: Int.random(in: 0..<5, using: &random) != 0
            )
        }
        view = FleetView(nodes: nodes)
        policy = PlacementPolicy(
            reserve_permille: Int.random(in: 0...1000, using: &random),
            spreadsSubscriptions: Int.random(in: 0..<4, using: &random) != 0
        )
        var number: UInt64 = 0
        for subscription in 1...12 as ClosedRange<UInt64> {
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                number += 1
                let place = nodeID(UInt64.random(in: 1...nodeCount, using: &random))
                places[subscriptionID(subscription), default: [:]][peerID(number)] = place
            }
        }
        for (subscription, peers) in places.sorted(by: { $0.key < $1.key }) {
            for (peer, place) in peers.sorted(by: { $0.key < $1.key }) where Bool.random(using: &random) {
                leaving.append(
                    PeerToMove(
                        id: peer,
                        subscription: subscription,
                        source: place,
                        region: regions[Int.random(in: 0..<20, using: &random) / 9],
                        companions: peers.filter { $0.key != peer }.map(\.value).sorted()
                    )
                )
            }
        }
        leaving.shuffle(using: &random)
    }

    /// What is left to move once `moves` have been carried out; a moved peer still counts on its source, where it
    /// lingers.
    mutating func carryOut(_ moves: [PlannedMove]) {
        for move in moves {
            view.addPeer(to: move.target)
            for subscription in places.keys where places[subscription]?[move.peer] != nil {
                places[subscription]?[move.peer] = move.target
            }
        }
        let moved = Set(moves.map(\.peer))
        leaving = leaving.filter { !moved.contains($0.id) }.map { peer in
            let companions = (places[peer.subscription] ?? [:]).filter { $0.key != peer.id }.map(\.value).sorted()
            return PeerToMove(
                id: peer.id,
                subscription: peer.subscription,
                source: peer.source,
                region: peer.region,
                companions: companions
            )
        }
    }
}

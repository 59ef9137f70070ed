import Model
import Placement

/// Fills the fleet's places one peer at a time.
struct MovePlanner {
    private let fleet: FleetView
    private let policy: PlacementPolicy
    private let limit: Int
    private let numberOfRegion: [RegionName: Int]
    private var regions: [RegionRoom]
    private var plans: PlannedBySubscription

    private var moves: [PlannedMove] = []
    private var unplaced: [UnplacedPeer] = []
    private var deferred = 0
    private var missingPlaces: [RegionName: Int] = [:]
    /// By the node's place in the fleet's list.
    private var added: [Int]

    init(fleet: FleetView, policy: PlacementPolicy, limit: Int, peerCount: Int) {
        self.fleet = fleet
        self.policy = policy
        self.limit = limit
        var numberOfRegion: [RegionName: Int] = [:]
        var members: [[(index: Int, node: FleetNode)]] = []
        for (index, node) in fleet.nodes.enumerated() where !node.isRetired {
            let number = numberOfRegion[node.region] ?? members.count
            if number == members.count {
                numberOfRegion[node.region] = number
                members.append([])
            }
            members[number].append((index, node))
        }
        self.numberOfRegion = numberOfRegion
        regions = members.map(RegionRoom.init(nodes:))
        plans = PlannedBySubscription(minimumCapacity: policy.spreadsSubscriptions ? peerCount : 0)
        added = Array(repeating: 0, count: fleet.nodes.count)
        moves.reserveCapacity(min(limit, peerCount))
    }

    mutating func plan(_ peers: [PeerToMove]) -> MovePlan {
        // Peers come in runs of one region; hashing its name once a run is enough.
        var run: (region: RegionName, number: Int)?
        for peer in peers {
            if run?.region != peer.region {
                run = numberOfRegion[peer.region].map { (peer.region, $0) }
            }
            if let run {
                plan(peer, in: run.number)
            } else {
                leave(peer, because: .unknownRegion(peer.region))
            }
        }
        return MovePlan(
            moves: moves,
            unplaced: unplaced,
            missingPlaces: missingPlaces,
            deferred: deferred,
            targets: targets()
        )
    }

    private mutating func plan(_ peer: PeerToMove, in region: Int) {
        let chosen =
            policy.spreadsSubscriptions
            ? takeSpread(peer, in: region)
            : regions[region].take(avoiding: peer.source) { _ in 0 }
        guard let chosen else {
            leave(peer, because: regions[region].failure(leaving: peer.source))
            return
        }
        guard moves.count < limit else {
            // Planned all the same: whether the places suffice does not depend on the pace.
            deferred += 1
            return
        }
        moves.append(PlannedMove(peer: peer.id, source: peer.source, target: chosen.id))
        added[chosen.index] += 1
    }

    private mutating func takeSpread(_ peer: PeerToMove, in region: Int) -> NodeRoom? {
        let earlier = plans.last(of: peer.subscription)
        let chosen = regions[region].take(avoiding: peer.source) { node in
            plans.companions(of: peer, on: node, after: earlier)
        }
        if let chosen { plans.add(source: peer.source, target: chosen.id, of: peer.subscription, after: earlier) }
        return chosen
    }

    private mutating func leave(_ peer: PeerToMove, because failure: PlacementFailure) {
        unplaced.append(UnplacedPeer(peer: peer, failure: failure))
        missingPlaces[peer.region, default: 0] += 1
    }

    private func targets() -> [TargetLoad] {
        zip(fleet.nodes, added)
            .filter { $0.1 > 0 }
            .map { node, added in
                TargetLoad(
                    node: node.id,
                    region: node.region,
                    before: node.peerCount,
                    added: added,
                    capacity: node.capacity
                )
            }
            .sorted { ($0.region, $0.node) < ($1.region, $1.node) }
    }
}

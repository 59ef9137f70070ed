import Model
import Placement

/// Chooses where each of `peers` goes, in their order: what `place` would choose for one after the other.
///
/// Among the nodes of the peer's region that are in order and have room: the one with the fewest peers of the same
/// subscription, then the relatively least loaded, then the lowest id. Never above a capacity; the reserve that new
/// peers leave free is there for these. Never the peer's own source. The cost is n log m for n peers and m nodes of a
/// region, as long as a subscription has few peers (the tier bounds them).
///
/// - Parameter limit: the most moves of this plan. What is missing is said for all peers whatever the limit, since a
///   pace changes nothing about it.
public func planMoves(
    of peers: [PeerToMove],
    in fleet: FleetView,
    policy: PlacementPolicy,
    limit: Int? = nil
) -> MovePlan {
    var planner = MovePlanner(
        fleet: fleet,
        policy: policy,
        limit: max(0, limit ?? .max),
        peerCount: peers.count
    )
    return planner.plan(peers)
}

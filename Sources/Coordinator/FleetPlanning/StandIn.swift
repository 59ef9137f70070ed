import Model
import Placement

public struct PeerToMove: Hashable, Sendable {
    public let id: PeerID
    public let subscription: SubscriptionID
    public let source: NodeID
    public let region: RegionName
    public let companions: [NodeID]
    public init(id: PeerID, subscription: SubscriptionID, source: NodeID, region: RegionName, companions: [NodeID]) {
        self.id = id
        self.subscription = subscription
        self.source = source
        self.region = region
        self.companions = companions
    }
}
public struct PlannedMove: Hashable, Sendable {
    public let peer: PeerID
    public let source: NodeID
    public let target: NodeID
    public init(peer: PeerID, source: NodeID, target: NodeID) {
        self.peer = peer
        self.source = source
        self.target = target
    }
}
public struct UnplacedPeer: Hashable, Sendable {
    public let peer: PeerID
    public let failure: PlacementFailure
}
public struct MovePlan: Hashable, Sendable {
    public var moves: [PlannedMove] = []
    public var unplaced: [UnplacedPeer] = []
    public var missingPlaces: [RegionName: Int] = [:]
}
public func planMoves(of peers: [PeerToMove], in fleet: FleetView, policy: PlacementPolicy, limit: Int? = nil)
    -> MovePlan
{
    var plan = MovePlan()
    var fleet = fleet
    for peer in peers {
        let view = FleetView(nodes: fleet.nodes.filter { $0.id != peer.source })
        switch place(
            PlacementRequest(region: peer.region, nodesInUse: peer.companions),
            in: view,
            policy: PlacementPolicy()
        ) {
        case .success(let node):
            plan.moves.append(PlannedMove(peer: peer.id, source: peer.source, target: node))
            fleet.addPeer(to: node)
        case .failure(let failure):
            plan.unplaced.append(UnplacedPeer(peer: peer.id, failure: failure))
            plan.missingPlaces[peer.region, default: 0] += 1
        }
    }
    return plan
}
public enum NodeHealth: String, Hashable, Sendable, CaseIterable { case alive, suspect, lost, returning }
public struct HealthPolicy: Sendable {
    public var suspectAfter: Duration
    public var lostAfter: Duration
    public var brakeRegion_permille: Int
    public var brakeFleet_permille: Int
    public init(
        suspectAfter: Duration = .seconds(45),
        lostAfter: Duration = .seconds(120),
        brakeRegion_permille: Int = 200,
        brakeFleet_permille: Int = 300
    ) {
        self.suspectAfter = suspectAfter
        self.lostAfter = lostAfter
        self.brakeRegion_permille = brakeRegion_permille
        self.brakeFleet_permille = brakeFleet_permille
    }
}
public struct ObservedNode: Hashable, Sendable {
    public let id: NodeID
    public let region: RegionName
    public let health: NodeHealth
    public let healthSince: Timestamp
    public let heardAt: Timestamp?
    public let isLinked: Bool
    public let revision: Revision
    public let appliedRevision: Revision
    public let flapPenalty: Int
    public let flapPenaltyAt: Timestamp
    public init(
        id: NodeID,
        region: RegionName,
        health: NodeHealth,
        healthSince: Timestamp,
        heardAt: Timestamp?,
        isLinked: Bool,
        revision: Revision,
        appliedRevision: Revision,
        flapPenalty: Int,
        flapPenaltyAt: Timestamp
    ) {
        self.id = id
        self.region = region
        self.health = health
        self.healthSince = healthSince
        self.heardAt = heardAt
        self.isLinked = isLinked
        self.revision = revision
        self.appliedRevision = appliedRevision
        self.flapPenalty = flapPenalty
        self.flapPenaltyAt = flapPenaltyAt
    }
}
public struct HealthChange: Hashable, Sendable {
    public let node: NodeID
    public let from: NodeHealth
    public let to: NodeHealth
    public let flapPenalty: Int
    public let reason: String
}
public struct MassFailure: Hashable, Sendable { public let silent: Int }
public struct HealthAssessment: Hashable, Sendable {
    public var changes: [HealthChange] = []
    public var brake: MassFailure?
}
public func assessHealth(
    _ nodes: [ObservedNode],
    policy: HealthPolicy,
    watchingSince: Timestamp,
    now: Timestamp
) -> HealthAssessment {
    var result = HealthAssessment()
    func silence(_ node: ObservedNode) -> Int64 {
        guard let heard = node.heardAt else { return 0 }
        return now.seconds - max(heard, watchingSince).seconds
    }
    let silent = nodes.filter { silence($0) > 45 && $0.health != .lost }
    let brake = silent.count >= 2 && silent.count * 1000 > nodes.count * 300
    if brake { result.brake = MassFailure(silent: silent.count) }
    for node in nodes {
        let to: NodeHealth =
            switch node.health {
            case .alive, .suspect:
                silence(node) > 120 ? (brake ? .suspect : .lost) : silence(node) > 45 ? .suspect : .alive
            case .lost: silence(node) < 45 && node.heardAt! >= watchingSince ? .returning : .lost
            case .returning: silence(node) > 45 ? .lost : node.appliedRevision >= node.revision ? .alive : .returning
            }
        if to != node.health {
            result.changes.append(
                HealthChange(node: node.id, from: node.health, to: to, flapPenalty: 0, reason: "silent")
            )
        }
    }
    return result
}
public struct ClockWatch: Sendable {
    public init() {}
    public mutating func observe(wall: Timestamp, monotonic: ContinuousClock.Instant) -> Bool { false }
}

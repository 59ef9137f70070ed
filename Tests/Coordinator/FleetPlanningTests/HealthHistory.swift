import FleetPlanning
import Model
import SeededRandom

/// Nodes that call every 15 seconds, and a coordinator that looks every 5 and notes what it decides.
struct HealthHistory {
    private static let tick_s = 5
    private static let heartbeat_s = 15

    private var random: SplitMix64
    private var wall = Timestamp(seconds: 1_800_000_000)
    private var monotonic_s = 0
    private var watch = ClockWatch()
    private var watchingSince: Timestamp
    private var nodes: [ObservedNode]
    private var dead: Set<NodeID> = []
    private(set) var changes: [HealthChange] = []

    init(seed: UInt64, nodes count: UInt64) {
        random = SplitMix64(seed: seed)
        let start = wall
        watchingSince = start
        _ = watch.tick(wall: start, monotonic: .zero)
        nodes = (0..<count).map { number in
            ObservedNode(
                id: nodeID(number),
                region: fra1,
                health: .alive,
                healthSince: start,
                heardAt: start,
                isLinked: true,
                revision: Revision(1),
                appliedRevision: Revision(1),
                flapPenalty: 0,
                flapPenaltyAt: start
            )
        }
    }

    var healths: [NodeHealth] { nodes.map(\.health) }
    func isDead(_ node: NodeID) -> Bool { dead.contains(node) }
    mutating func kill(_ number: Int) { dead.insert(nodes[number].id) }
    mutating func revive() { dead = [] }

    mutating func run(seconds: Int) {
        for _ in 0..<seconds / Self.tick_s { tick() }
    }

    /// Now and then the clock is set by up to two hours, the coordinator stops for minutes, or a node dies or returns.
    mutating func disturb() {
        switch Int.random(in: 0..<200, using: &random) {
        case 0: wall = wall + .seconds(Int.random(in: -7200...7200, using: &random))
        case 1: wall = wall + .seconds(Int.random(in: -5...5, using: &random))
        case 2: pause(Int.random(in: 5...600, using: &random))
        case 3: dead.insert(nodes[Int.random(in: nodes.indices, using: &random)].id)
        case 4:
            // Whoever comes back calls at once.
            let index = Int.random(in: nodes.indices, using: &random)
            dead.remove(nodes[index].id)
            nodes[index] = nodes[index].heard(at: wall)
        default: break
        }
    }

    mutating func tick() {
        advance(Self.tick_s)
        if watch.tick(wall: wall, monotonic: .seconds(monotonic_s)) != nil { watchingSince = wall }
        if monotonic_s / Self.tick_s % (Self.heartbeat_s / Self.tick_s) == 0 {
            nodes = nodes.map { isDead($0.id) ? $0 : $0.heard(at: wall) }
        }
        changes = assessHealth(nodes, policy: HealthPolicy(), watchingSince: watchingSince, now: wall).changes
        for change in changes {
            guard let index = nodes.firstIndex(where: { $0.id == change.node }) else { continue }
            nodes[index] = nodes[index].changed(change, at: wall)
        }
    }

    /// After a short pause the heartbeats that came meanwhile are there to be read; after a long one the links are gone.
    private mutating func pause(_ seconds: Int) {
        advance(seconds)
        if seconds < 30 { nodes = nodes.map { isDead($0.id) ? $0 : $0.heard(at: wall) } }
    }

    private mutating func advance(_ seconds: Int) {
        wall = wall + .seconds(seconds)
        monotonic_s += seconds
    }
}

extension ObservedNode {
    fileprivate func heard(at now: Timestamp) -> ObservedNode {
        with(health: health, since: healthSince, heardAt: now, penalty: flapPenalty, at: flapPenaltyAt)
    }

    fileprivate func changed(_ change: HealthChange, at now: Timestamp) -> ObservedNode {
        with(health: change.to, since: now, heardAt: heardAt, penalty: change.flapPenalty, at: now)
    }

    private func with(
        health: NodeHealth,
        since: Timestamp,
        heardAt: Timestamp?,
        penalty: Int,
        at: Timestamp
    ) -> ObservedNode {
        ObservedNode(
            id: id,
            region: region,
            health: health,
            healthSince: since,
            heardAt: heardAt,
            isLinked: isLinked,
            revision: revision,
            appliedRevision: appliedRevision,
            flapPenalty: penalty,
            flapPenaltyAt: at
        )
    }
}

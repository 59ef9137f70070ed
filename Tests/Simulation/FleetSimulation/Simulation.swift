import FleetControl
import FleetPlanning
import Model
import Placement
import SeededRandom
import Store
import Synchronization

/// A fleet and its coordinators under a virtual clock: the real planner, controllers and sessions, over a simulated
/// network, disks and database. One seed is one story.
public final class Simulation {
    public struct Size: Sendable {
        public var nodes: Int
        public var peers: Int
        /// How long faults and work go on, before the calm.
        public var duration: Duration

        public init(nodes: Int = 200, peers: Int = 3000, duration: Duration = .seconds(1200)) {
            self.nodes = nodes
            self.peers = peers
            self.duration = duration
        }
    }

    /// What went wrong, and when.
    public struct Failure: Error, CustomStringConvertible {
        public let seed: UInt64
        public let at: Duration
        public let what: String

        public var description: String { "seed \(seed) after \(at.components.seconds) s: \(what)" }
    }

    public struct Story: Hashable, Sendable {
        public var moved = 0
        public var drains = 0
        public var losses = 0
        public var troubles = 0
        public var coordinatorDeaths = 0
        public var brakes = 0
        public var peers = 0
    }

    static let step: Duration = .milliseconds(100)
    static let heartbeatInterval: Duration = .seconds(5)
    static let instances = 2
    static let leaseLifetime: Duration = .seconds(10)

    let seed: UInt64
    let size: Size
    var random: SplitMix64
    let database: SimulatedDatabase
    let fuse = Fuse()
    var machines: [NodeID: SimulatedMachine] = [:]
    /// Always in this order: a dictionary's own differs from run to run.
    var nodes: [NodeID] = []
    var tick: Duration = .zero
    var wall = Timestamp(seconds: 1_800_000_000)
    var story = Story()
    /// The last handshake of each client with the node that it uses.
    var clients: [PublicKey: (node: NodeID, at: Timestamp)] = [:]

    private var leader: (instance: Int, round: FleetRound, lease: FleetLease, looksAt: Duration)?
    private var leaseEndsAt: Duration = .zero
    var deadUntil = [Duration](repeating: .zero, count: instances)
    private let policy: FleetPolicy
    private let origin = ContinuousClock.now
    let network: TunnelNetwork

    public init(seed: UInt64, size: Size = Size()) throws {
        self.seed = seed
        self.size = size
        random = SplitMix64(seed: seed)
        database = SimulatedDatabase(beforeCall: fuse.burn)
        policy = FleetPolicy(
            health: HealthPolicy(suspectAfter: .seconds(20), lostAfter: .seconds(60)),
            linger: .seconds(600),
            movesPerSecond: 50,
            movesInFlightMax: 100
        )
        network = try AddressPool(ipv4: IPPrefix("10.64.0.0/16")!, ipv6: IPPrefix("fd00::/64")!).network(mtu: 1420)
        build()
    }

    /// - Throws: `Failure` at the first moment at which something is not as it must be.
    public func run() async throws -> Story {
        while tick < size.duration {
            misbehave()
            try await advance()
        }
        try await calmDown()
        story.peers = database.state.withLock { $0.peers.count }
        return story
    }

    /// One step of time, for everybody.
    func advance() async throws {
        tick += Self.step
        wall = wall + Self.step
        for node in nodes { live(node) }
        try await lead()
        if tick.components.attoseconds == 0 {
            useTunnels()
            try check()
        }
    }

    func fail(_ what: String) -> Failure { Failure(seed: seed, at: tick, what: what) }

    private func lead() async throws {
        if leader == nil || deadUntil[leader?.instance ?? 0] > tick { elect() }
        guard var current = leader, current.looksAt <= tick else { return }
        do {
            let outcome = try await current.round.look(lease: current.lease, now: wall, tick: origin + tick)
            leaseEndsAt = tick + Self.leaseLifetime
            current.looksAt = tick + (outcome.isBusy ? .milliseconds(100) : .seconds(1))
            leader = current
            story.brakes = database.state.withLock { $0.brakes }
        } catch is SimulatedDatabase.Killed {
            killCoordinator(current.instance)
        } catch is LeaseLost {
            leader = nil
        }
        story.moved = database.state.withLock { state in state.operations.values.reduce(0) { $0 + $1.moved } }
    }

    private func elect() {
        guard leaseEndsAt <= tick, let instance = deadUntil.firstIndex(where: { $0 <= tick }) else { return }
        let epoch = database.state.withLock { state in
            state.epoch += 1
            return state.epoch
        }
        let lease = FleetLease(holder: InstanceID(high: 1, low: UInt64(instance)), epoch: epoch)
        let round = FleetRound(records: database, policy: policy, now: wall, tick: origin + tick)
        leader = (instance, round, lease, tick)
        leaseEndsAt = tick + Self.leaseLifetime
    }

    /// `kill -9`: its links are cut, and what it remembered is gone.
    func killCoordinator(_ instance: Int) {
        story.coordinatorDeaths += 1
        fuse.putOut()
        deadUntil[instance] = tick + random.duration(2...40)
        for node in nodes where machines[node]?.link?.instance == instance { cut(node) }
    }
}

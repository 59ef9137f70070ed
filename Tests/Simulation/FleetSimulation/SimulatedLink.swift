import LinkProtocol
import Model
import Store

/// Both ends of one node's link, and the network between them: in order, with delays, and cut at any moment.
struct SimulatedLink {
    let session: LinkSessionID
    /// Which coordinator holds the link.
    let instance: Int
    private var coordinator: CoordinatorSession
    private var up: [(due: Duration, message: AgentMessage)] = []
    private var down: [(due: Duration, message: CoordinatorMessage)] = []
    private let heartbeatInterval: Duration
    private let network: TunnelNetwork

    init(session: LinkSessionID, instance: Int, heartbeatInterval: Duration, network: TunnelNetwork, tick: Duration) {
        self.session = session
        self.instance = instance
        self.heartbeatInterval = heartbeatInterval
        self.network = network
        coordinator = CoordinatorSession(
            renewalOnly: false,
            heartbeatInterval: heartbeatInterval,
            helloLimit: .seconds(10),
            now: Self.instant(tick)
        )
    }

    /// The virtual clock, as the session takes it.
    private static let origin = ContinuousClock.now
    private static func instant(_ tick: Duration) -> ContinuousClock.Instant { origin + tick }

    mutating func send(_ messages: [AgentMessage], at tick: Duration, delay: Duration) {
        for message in messages { up.append((max(tick + delay, up.last?.due ?? .zero), message)) }
    }

    private mutating func send(_ message: CoordinatorMessage, at tick: Duration, delay: Duration) {
        down.append((max(tick + delay, down.last?.due ?? .zero), message))
    }

    mutating func changed() {
        coordinator.changed()
    }

    mutating func nextForAgent(_ tick: Duration) -> CoordinatorMessage? {
        guard let first = down.first, first.due <= tick else { return nil }
        return down.removeFirst().message
    }

    /// The coordinator's end does what it can now.
    ///
    /// - Returns: false when the link is closed.
    mutating func serve(
        _ node: NodeID,
        _ database: SimulatedDatabase,
        tick: Duration,
        wall: Timestamp,
        delay: Duration
    ) -> Bool {
        while let first = up.first, first.due <= tick {
            up.removeFirst()
            let actions = coordinator.received(first.message, now: Self.instant(tick))
            guard perform(actions, node, database, tick, wall, delay) else { return false }
        }
        guard perform(coordinator.tick(Self.instant(tick)), node, database, tick, wall, delay) else { return false }
        while let demand = coordinator.demand() {
            let actions: [CoordinatorSession.Action]
            switch demand {
            case .changes(let revision):
                actions = coordinator.answered(database.changes(of: node, after: revision, limit: 50))
            case .snapshot(let above):
                guard let snapshot = database.snapshot(of: node, above: above) else { return false }
                actions = coordinator.answeredSnapshot(snapshot)
            }
            guard perform(actions, node, database, tick, wall, delay) else { return false }
        }
        return true
    }

    private mutating func perform(
        _ actions: [CoordinatorSession.Action],
        _ node: NodeID,
        _ database: SimulatedDatabase,
        _ tick: Duration,
        _ wall: Timestamp,
        _ delay: Duration
    ) -> Bool {
        for action in actions {
            switch action {
            case .send(let message):
                send(message, at: tick, delay: delay)
            case .open:
                guard let record = database.openLink(node, session: session, now: wall) else { return false }
                guard perform(coordinator.opened(record), node, database, tick, wall, delay) else { return false }
            case .welcome:
                coordinator.paced(heartbeatInterval)
                let welcome = Welcome(
                    wireVersion: WireVersion.current,
                    serverTime: wall,
                    heartbeatInterval: heartbeatInterval,
                    network: network,
                    renewalOnly: false
                )
                send(.welcome(welcome), at: tick, delay: delay)
                coordinator.welcomed()
            case .recordAcknowledgement(let value, let completesSnapshot):
                guard
                    database.recordAcknowledgement(
                        value,
                        of: node,
                        session: session,
                        completesSnapshot: completesSnapshot,
                        now: wall
                    )
                else { return false }
            case .answerHeartbeat(let heartbeat):
                guard database.recordHeartbeat(heartbeat, of: node, session: session, now: wall) else { return false }
                send(.heartbeatReply(interval: heartbeatInterval, serverTime: wall), at: tick, delay: delay)
            case .recordRefusal, .renew:
                break
            case .close:
                return false
            }
        }
        return true
    }
}

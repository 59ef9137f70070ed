import LinkProtocol
import Model
import SeededRandom
import Store
import Synchronization

/// What befalls the fleet, and what people do to it; each with a chance for every step.
extension Simulation {
    /// How often each happens, on average.
    private enum Every {
        static let cut = 2.0
        static let agentCrash = 5.0
        static let powerOff = 90.0
        static let diskLoss = 600.0
        static let partition = 60.0
        static let coordinatorDeath = 45.0
        static let clockJump = 300.0
        static let massPartition = 500.0
        static let drain = 40.0
        static let cancel = 100.0
        static let retirement = 500.0
        static let refusal = 60.0
        static let trouble = 30.0
        static let provision = 1.0
        static let deletion = 1.5
        static let ownMove = 0.5
    }

    private func happens(every seconds: Double) -> Bool {
        random.once(in: seconds * 10)
    }

    private func anyNode() -> NodeID {
        nodes[Int.random(in: 0..<nodes.count, using: &random)]
    }

    func misbehave() {
        if happens(every: Every.cut) { cut(anyNode()) }
        if happens(every: Every.agentCrash) { crashAgent() }
        if happens(every: Every.powerOff) { powerOff(anyNode(), losesDisk: false) }
        if happens(every: Every.diskLoss) { powerOff(anyNode(), losesDisk: true) }
        if happens(every: Every.partition) { partition(anyNode(), for: random.duration(5...300)) }
        if happens(every: Every.coordinatorDeath) { fuse.light(after: Int.random(in: 0..<30, using: &random)) }
        if happens(every: Every.clockJump) { jump() }
        if happens(every: Every.massPartition) { partitionMany() }
        if happens(every: Every.refusal) { refuseSomebody() }
        if happens(every: Every.trouble) { troubleSomebody() }
        work()
    }

    private func work() {
        if happens(every: Every.drain) {
            story.drains += 1
            database.startDrain(
                of: anyNode(),
                id: .random(using: &random),
                linger: random.duration(30...900)
            )
        }
        if happens(every: Every.cancel), let id = openOperations().randomElement(using: &random) { database.cancel(id) }
        if happens(every: Every.retirement) { retire(anyNode()) }
        if happens(every: Every.provision) { provision() }
        if happens(every: Every.deletion) {
            let peer = database.state.withLock { $0.peers.keys.min { $0.low < $1.low } }
            if let peer { database.delete(peer) }
        }
        if happens(every: Every.ownMove) {
            let peers = database.state.withLock { $0.peers.keys.sorted() }
            if let peer = peers.randomElement(using: &random) { database.move(peer, to: anyNode()) }
        }
    }

    private func openOperations() -> [OperationID] {
        database.state.withLock { $0.operations.values.filter(\.state.isOpen).map(\.id).sorted() }
    }

    private func crashAgent() {
        let node = anyNode()
        guard machines[node]?.power == .on else { return }
        cut(node)
        machines[node]?.agent.crash()
        machines[node]?.power = .agentDown(until: tick + random.duration(0.5...30))
    }

    private func powerOff(_ node: NodeID, losesDisk: Bool) {
        guard machines[node]?.power == .on else { return }
        story.losses += 1
        cut(node)
        machines[node]?.agent.crash()
        if losesDisk {
            machines[node]?.agent.loseDisk()
            machines[node]?.hasLostDisk = true
        }
        machines[node]?.power = .off(until: tick + random.duration(10...600))
    }

    private func partition(_ node: NodeID, for duration: Duration) {
        machines[node]?.cutOff = tick + duration
    }

    /// A switch in the coordinators' own data centre.
    private func partitionMany() {
        let duration = random.duration(30...200)
        for node in nodes where random.once(in: 2) { partition(node, for: duration) }
    }

    /// Both coordinators' clocks are set.
    private func jump() {
        let hours = random.duration(-3600...3600)
        wall = wall + hours
        // What clients did is as long ago as before.
        for (key, client) in clients { clients[key] = (client.node, client.at + hours) }
    }

    private func refuseSomebody() {
        let key = database.state.withLock { $0.peers.values.min { $0.id.high < $1.id.high }?.key }
        guard let key else { return }
        machines[anyNode()]?.agent.refuses.insert(key)
    }

    /// A node that cannot do its work, or one that can again.
    private func troubleSomebody() {
        let node = anyNode()
        let kind: NodeCondition.Kind = random.once(in: 2) ? .peerTable : .exitPolicy
        let isAble = machines[node]?.agent.conditions.isEmpty ?? true
        if isAble { story.troubles += 1 }
        machines[node]?.agent.conditions = isAble ? [NodeCondition(kind, "simulated")] : []
    }

    private func retire(_ node: NodeID) {
        let others = database.state.withLock { state in
            let region = state.nodes[node]?.region
            return state.nodes.values.count { $0.region == region && !$0.isRetired }
        }
        guard others > size.nodes / Self.regions.count * 3 / 4 else { return }
        database.retire(node)
        cut(node)
        machines[node]?.power = .off(until: .seconds(1 << 40))
    }

    /// No fault is left: everything has to come to rest.
    func calmDown() async throws {
        fuse.putOut()
        for index in deadUntil.indices { deadUntil[index] = min(deadUntil[index], tick) }
        for node in nodes {
            machines[node]?.cutOff = .zero
            machines[node]?.agent.refuses = []
            machines[node]?.agent.conditions = []
            let isRetired = database.state.withLock { $0.nodes[node]?.isRetired ?? true }
            if !isRetired { machines[node]?.power = .on }
        }
        let limit = tick + .seconds(2400)
        while tick < limit {
            try await advance()
            if tick.components.seconds % 10 == 0, tick.components.attoseconds == 0, unrest() == nil { return }
        }
        throw fail("no rest in 40 minutes of calm: \(unrest() ?? "")")
    }
}

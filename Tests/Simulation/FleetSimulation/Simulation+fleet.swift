import LinkProtocol
import Model
import SeededRandom
import Store
import Synchronization

/// The nodes' and the clients' own lives.
extension Simulation {
    static let regions = ["ams1", "fra1", "lon1", "nyc1", "sin1"].compactMap { RegionName($0) }

    func build() {
        let capacity = max(10, size.peers * 2 / size.nodes)
        for number in 0..<size.nodes {
            let id = NodeID.random(using: &random)
            let region = Self.regions[number % Self.regions.count]
            database.state.withLock { state in
                state.nodes[id] = SimulatedDatabase.Node(
                    id: id,
                    name: "node-\(number)",
                    region: region,
                    capacity: capacity,
                    healthSince: wall,
                    penaltyAt: wall
                )
            }
            var machine = SimulatedMachine(agent: SimulatedAgent(id: id, wireguardKey: key()))
            machine.dialsAt = random.duration(0...3)
            if random.once(in: 10) { machine.agent.applyDelay = random.duration(1...15) }
            if random.once(in: 10) { machine.latency = random.duration(0.2...2) }
            machines[id] = machine
            nodes.append(id)
        }
        for _ in 0..<size.peers { provision() }
    }

    /// Any 32 bytes are a key.
    private func key() -> PublicKey {
        var bytes: [UInt8] = []
        for _ in 0..<4 {
            let word = random.next()
            for shift in stride(from: UInt64(0), through: 56, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        guard let key = PublicKey(uncheckedBytes: bytes) else { preconditionFailure("32 bytes are a key") }
        return key
    }

    func provision() {
        let peer = SimulatedDatabase.Peer(
            id: .random(using: &random),
            key: key(),
            subscription: .random(using: &random),
            region: Self.regions[Int.random(in: 0..<Self.regions.count, using: &random)]
        )
        _ = database.provision(peer)
    }

    /// What one node does in one step.
    func live(_ id: NodeID) {
        guard var machine = machines[id] else { return }
        defer { machines[id] = machine }
        switch machine.power {
        case .on: break
        case .agentDown(let until), .off(let until):
            guard until <= tick else { return }
            machine.power = .on
            machine.dialsAt = tick
        }
        let isCutOff = machine.cutOff > tick
        if machine.link == nil { dial(id, &machine) }
        let delay =
            Duration.milliseconds(5) + (machine.latency - .milliseconds(5)) * Double.random(in: 0...1, using: &random)
        let said = machine.agent.tick(tick, wall: wall) { key in
            self.clients[key].flatMap { $0.node == id ? $0.at : nil }
        }
        guard var link = machine.link else { return }
        // A cut network loses what is sent; TCP gives up a while later.
        if isCutOff {
            machine.link = nil
            machine.agent.disconnected()
            machine.dialsAt = machine.cutOff + random.duration(0.1...10)
            // The coordinator finds out by itself; its half of the link goes nowhere.
            return
        }
        link.send(said ?? [], at: tick, delay: delay)
        if database.state.withLock({ $0.changed.remove(id) != nil }) { link.changed() }
        var isOpen = link.serve(id, database, tick: tick, wall: wall, delay: delay)
        while isOpen, let message = link.nextForAgent(tick) {
            guard let answers = machine.agent.received(message, at: tick) else {
                isOpen = false
                break
            }
            link.send(answers, at: tick, delay: delay)
        }
        machine.link = link
        if !isOpen || said == nil { hangUp(id, &machine) }
    }

    private func dial(_ id: NodeID, _ machine: inout SimulatedMachine) {
        guard machine.dialsAt <= tick, machine.cutOff <= tick else { return }
        let instance = Int.random(in: 0..<Self.instances, using: &random)
        guard deadUntil[instance] <= tick else {
            machine.dialsAt = tick + random.duration(0.5...10)
            return
        }
        var link = SimulatedLink(
            session: .random(using: &random),
            instance: instance,
            heartbeatInterval: Self.heartbeatInterval,
            network: network,
            tick: tick
        )
        link.send([machine.agent.connected(at: tick)], at: tick, delay: machine.latency)
        machine.link = link
    }

    private func hangUp(_ id: NodeID, _ machine: inout SimulatedMachine) {
        if let session = machine.link?.session { database.closeLink(id, session: session) }
        machine.link = nil
        machine.agent.disconnected()
        machine.dialsAt = tick + random.duration(0.1...10)
    }

    /// The connection breaks.
    func cut(_ id: NodeID) {
        guard var machine = machines[id], machine.link != nil else { return }
        hangUp(id, &machine)
        machines[id] = machine
    }

    /// Clients shake hands with the node that they know, and learn of a new one a while after their peer has moved.
    func useTunnels() {
        let places = database.state.withLock { state in
            state.order.compactMap { id in
                state.peers[id].flatMap { peer in state.place(of: id).map { (peer.key, $0) } }
            }
        }
        for (key, place) in places {
            let known = clients[key]
            let learns = random.once(in: 60)
            guard known == nil || learns || random.once(in: 100) else { continue }
            clients[key] = (known == nil || learns ? place : known?.node ?? place, wall)
        }
    }
}

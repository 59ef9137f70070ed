import FleetPlanning
import LinkProtocol
import Model
import Store
import Synchronization

extension Simulation {
    /// What must be true at every moment.
    func check() throws {
        try checkPlaces()
        try checkCapacity()
        try checkService()
    }

    /// No peer is lost, and none is doubled.
    private func checkPlaces() throws {
        let wrong = database.state.withLock { state -> String? in
            for peer in state.peers.keys {
                var places = 0, moves = 0
                for node in state.holders[peer] ?? [] {
                    guard let row = state[node, peer] else { continue }
                    if row.movesFrom != nil { moves += 1 }
                    if row.movesFrom == nil, row.state == .installing || row.state == .active { places += 1 }
                }
                if places != 1 { return "peer \(peer) has \(places) places" }
                if moves > 1 { return "peer \(peer) moves \(moves) times at once" }
            }
            return nil
        }
        if let wrong { throw fail(wrong) }
    }

    private func checkCapacity() throws {
        let wrong = database.state.withLock { state -> String? in
            for node in state.nodes.values where !node.isRetired {
                let held = (state.assignments[node.id] ?? [:]).values.count { $0.state != .removing }
                if held != node.peerCount { return "\(node.name) counts \(node.peerCount) peers and holds \(held)" }
                if held > node.capacity { return "\(node.name) holds \(held) peers, of \(node.capacity)" }
            }
            return nil
        }
        if let wrong { throw fail(wrong) }
    }

    /// Who is told that his peer is active finds it on that node, from the node's word on and whatever befell it since.
    private func checkService() throws {
        let wrong = database.state.withLock { state -> String? in
            for (id, rows) in state.assignments {
                guard let machine = machines[id], !machine.hasLostDisk, state.nodes[id]?.isRetired == false else {
                    continue
                }
                for row in rows.values where row.state == .active && row.refusal == nil {
                    guard let entry = machine.agent.table[row.key] else {
                        return "an active peer is missing on \(state.nodes[id]?.name ?? "")"
                    }
                    if entry.isLingering, machine.agent.version.revision >= row.revision {
                        return "an active peer lingers on \(state.nodes[id]?.name ?? "")"
                    }
                }
            }
            return nil
        }
        if let wrong { throw fail(wrong) }
    }

    /// What is not at rest yet; nil when everything is.
    func unrest() -> String? {
        database.state.withLock { state in
            if let (peer, _) = state.moving.first { return "peer \(peer) is still moving" }
            for node in state.nodes.values where !node.isRetired {
                guard let machine = machines[node.id] else { continue }
                if node.health != .alive { return "\(node.name) is \(node.health)" }
                if node.applied != node.revision { return "\(node.name) is behind" }
                let rows = (state.assignments[node.id] ?? [:]).values
                let expected = Set(rows.filter { $0.state == .active }.map(\.key))
                let actual = Set(machine.agent.table.filter { !$0.value.isLingering }.keys)
                if expected != actual {
                    return "\(node.name) has \(actual.count) peers and should have \(expected.count)"
                }
                if let row = rows.first(where: { $0.state != .active && $0.state != .lingering }) {
                    return "a peer is still \(row.state) on \(node.name)"
                }
                if node.digest != machine.agent.digest { return "\(node.name) has another digest" }
            }
            let busy = Set(state.operations.values.filter(\.state.isOpen).map(\.node))
            for node in state.nodes.values where node.isRetired && !busy.contains(node.id) {
                if !state.placed(on: node.id).isEmpty { return "\(node.name) is retired, and nobody moves its peers" }
            }
            for operation in state.operations.values where operation.state.isOpen && operation.state != .lingering {
                if operation.state == .waiting, operation.unplaced > 0, !hasRoom(for: operation, state) { continue }
                return "operation \(operation.id) on \(operation.node) is \(operation.state): \(operation.reason ?? "")"
            }
            return nil
        }
    }

    private func hasRoom(
        for operation: SimulatedDatabase.Operation,
        _ state: SimulatedDatabase.Rows
    ) -> Bool {
        let region = state.nodes[operation.node]?.region
        return state.nodes.values.contains { node in
            node.region == region && !node.isCordoned && !node.isRetired && node.health == .alive
                && node.peerCount < node.capacity
        }
    }
}

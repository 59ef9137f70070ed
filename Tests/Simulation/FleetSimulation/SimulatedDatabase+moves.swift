import FleetControl
import FleetPlanning
import Model
import Placement
import Store
import Synchronization

extension SimulatedDatabase: FleetRecords {
    func peersToMove(from node: NodeID, limit: Int) async throws -> [PeerToMove] {
        try transaction(nil) { state in
            let movable = state.placed(on: node).filter { state.moving[$0.peer] == nil }
                .sorted { $0.peer < $1.peer }.prefix(limit)
            return movable.compactMap { row in
                guard let peer = state.peers[row.peer], let region = state.nodes[node]?.region else { return nil }
                return PeerToMove(
                    id: row.peer,
                    subscription: peer.subscription,
                    source: node,
                    region: region,
                    companions: []
                )
            }
        }
    }

    func beginMoves(
        _ moves: [PlannedMove],
        of operation: OperationID?,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> [BegunMove] {
        try transaction(lease) { state in
            guard state.isOpen(operation) else { return [] }
            return moves.compactMap { move in Self.begin(move, operation, &state) }
        }
    }

    /// What a peer's owner asks for; never from a coordinator that is being killed.
    func move(_ peer: PeerID, to target: NodeID) {
        state.withLock { state in
            guard let source = state.place(of: peer) else { return }
            _ = Self.begin(PlannedMove(peer: peer, source: source, target: target), nil, &state)
        }
    }

    private static func begin(_ move: PlannedMove, _ operation: OperationID?, _ state: inout Rows) -> BegunMove? {
        guard let target = state.nodes[move.target], inventory(target).placed.isOpen,
            let source = state[move.source, move.peer], source.movesFrom == nil,
            source.state == .installing || source.state == .active, state.moving[move.peer] == nil,
            move.source != move.target
        else { return nil }
        let earlier = state[move.target, move.peer]
        let places = earlier?.state == .lingering ? 0 : 1
        guard target.capacity - target.peerCount >= places else { return nil }
        state.nodes[move.target]?.peerCount += places
        let revision = state.takeRevision(of: move.target)
        state[move.target, move.peer] = Assignment(
            peer: move.peer,
            key: source.key,
            state: .installing,
            revision: revision,
            movesFrom: move.source,
            operation: operation,
            isReturn: earlier != nil
        )
        state.moving[move.peer] = move.target
        return BegunMove(peer: move.peer, source: move.source, target: move.target, revision: revision)
    }

    func switchMoves(
        of peers: [PeerID]?,
        linger: Duration,
        limit: Int,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> [SwitchedMove] {
        try transaction(lease) { state in
            let due = state.moving.filter { peer, target in
                guard peers?.contains(peer) ?? true, let row = state[target, peer], let node = state.nodes[target]
                else {
                    return false
                }
                let isCancelling = row.operation.flatMap { state.operations[$0]?.state } == .cancelling
                return row.revision <= node.applied && row.refusal == nil && !node.isRetired && node.health != .lost
                    && !isCancelling
            }
            return due.sorted { $0.key < $1.key }.prefix(limit).compactMap { peer, target in
                Self.switchOver(peer, to: target, linger: linger, now: now, &state)
            }
        }
    }

    private static func switchOver(
        _ peer: PeerID,
        to target: NodeID,
        linger: Duration,
        now: Timestamp,
        _ state: inout Rows
    ) -> SwitchedMove? {
        guard var new = state[target, peer], let source = new.movesFrom, var old = state[source, peer],
            let node = state.nodes[source], let region = state.nodes[target]?.region
        else { return nil }
        let lingers = node.health != .lost && !node.isRetired
        let lingerFor = new.operation.flatMap { state.operations[$0]?.linger } ?? linger
        if let operation = new.operation { state.operations[operation]?.moved += 1 }
        old.revision = state.takeRevision(of: source)
        old.state = lingers ? .lingering : .removing
        old.lingerUntil = lingers ? now + lingerFor : nil
        old.operation = nil
        if !lingers { state.nodes[source]?.peerCount -= 1 }
        state[source, peer] = node.isRetired ? nil : old
        new.state = .active
        new.movesFrom = nil
        state[target, peer] = new
        state.moving[peer] = nil
        state.peers[peer]?.region = region
        return SwitchedMove(peer: peer, source: source, target: target)
    }

    func withdrawMoves(
        stuck: StuckNodes,
        limit: Int,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> [WithdrawnMove] {
        try transaction(lease) { state in
            var withdrawn: [WithdrawnMove] = []
            for (peer, target) in state.moving.sorted(by: { $0.key < $1.key }) where withdrawn.count < limit {
                guard let row = state[target, peer], let source = row.movesFrom, let node = state.nodes[target] else {
                    continue
                }
                let isDrained = state.operations.values.contains { operation in
                    operation.node == target && operation.kind == .drain && operation.state.isOpen
                        && operation.state != .cancelling
                }
                let isCancelling = row.operation.flatMap { state.operations[$0]?.state } == .cancelling
                let isStuck =
                    stuck.nodes.contains(target) && row.revision > node.applied && row.createdAt < stuck.before
                let reason: WithdrawnMove.Reason? =
                    if node.isRetired {
                        .targetRetired
                    } else if node.health == .lost {
                        .targetLost
                    } else if isDrained {
                        .targetDrained
                    } else if let refusal = row.refusal {
                        .refused(refusal)
                    } else {
                        isStuck ? .targetOutOfOrder : isCancelling ? .cancelled : nil
                    }
                guard let reason else { continue }
                state.remove(peer, from: target)
                withdrawn.append(
                    WithdrawnMove(
                        peer: peer,
                        source: source,
                        target: target,
                        operation: row.operation,
                        reason: reason
                    )
                )
            }
            return withdrawn
        }
    }

    func endLingering(limit: Int, lease: FleetLease?, now: Timestamp) async throws -> [NodeID] {
        try transaction(lease) { state in
            let due = state.assignments.flatMap { node, rows in
                rows.values.filter { $0.state == .lingering && ($0.lingerUntil ?? now) <= now }.map { (node, $0.peer) }
            }
            let ended = due.sorted { $0.1 < $1.1 }.prefix(limit)
            for (node, peer) in ended { state.remove(peer, from: node) }
            return Array(Set(ended.map(\.0)))
        }
    }

    func forgetLetGo(lease: FleetLease?) async throws -> Int {
        try transaction(lease) { state in
            var forgotten = 0
            for (id, node) in state.nodes where node.lingering == 0 {
                let rows = (state.assignments[id] ?? [:]).values
                for row in rows where row.state == .lingering && row.revision <= node.lingeringAsOf {
                    state[id, row.peer] = nil
                    state.nodes[id]?.peerCount -= 1
                    forgotten += 1
                }
            }
            return forgotten
        }
    }
}

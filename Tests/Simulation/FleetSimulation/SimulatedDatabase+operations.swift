import FleetPlanning
import LinkProtocol
import Model
import Placement
import Store
import Synchronization

extension SimulatedDatabase {
    func fleetInventory(silenceLimit: Duration?, now: Timestamp) async throws -> FleetInventory {
        try transaction(nil) { state in
            let nodes = state.nodes.values.filter { !$0.isRetired }.sorted { $0.id < $1.id }
            let operations = state.operations.values.filter(\.state.isOpen).sorted { $0.id < $1.id }
            return FleetInventory(
                nodes: nodes.map(Self.inventory),
                operations: operations.compactMap { Self.inventory($0, state) }
            )
        }
    }

    static func inventory(_ node: Node) -> FleetInventory.Node {
        FleetInventory.Node(
            name: node.name,
            observed: ObservedNode(
                id: node.id,
                region: node.region,
                health: node.health,
                healthSince: node.healthSince,
                heardAt: node.heardAt,
                isLinked: node.session != nil,
                revision: node.revision,
                appliedRevision: node.applied,
                flapPenalty: node.penalty,
                flapPenaltyAt: node.penaltyAt
            ),
            placed: FleetNode(
                id: node.id,
                region: node.region,
                capacity: node.capacity,
                peerCount: node.peerCount,
                isCordoned: node.isCordoned,
                isHealthy: node.health == .alive,
                wasHeard: node.heardAt != nil,
                isOutOfOrder: !node.conditions.isEmpty
            ),
            trouble: NodeTrouble(
                reasons: node.conditions.map { .init(name: $0.kind.rawValue, detail: $0.detail) },
                since: node.conditionsSince,
                changes: node.troubleChanges,
                told: node.told ?? NodeTrouble.none(at: node.healthSince).told
            ),
            enrolledAt: node.healthSince,
            agentVersion: nil
        )
    }

    private static func inventory(_ operation: Operation, _ state: Rows) -> FleetInventory.Operation? {
        guard let node = state.nodes[operation.node] else { return nil }
        let rows = (state.assignments[operation.node] ?? [:]).values
        return FleetInventory.Operation(
            id: operation.id,
            kind: operation.kind,
            state: operation.state,
            node: operation.node,
            region: node.region,
            reason: operation.reason,
            total: operation.total,
            moved: operation.moved,
            unplaced: operation.unplaced,
            placed: state.placed(on: operation.node).count,
            inFlight: state.moving.count { peer, target in state[target, peer]?.movesFrom == operation.node },
            lingering: rows.count { $0.state == .lingering },
            removing: rows.count { $0.state == .removing || $0.movesFrom != nil },
            isRetired: node.isRetired
        )
    }

    func recordHealth(_ changes: [HealthChange], lease: FleetLease?, now: Timestamp) async throws {
        try transaction(lease) { state in
            for change in changes {
                state.nodes[change.node]?.health = change.to
                state.nodes[change.node]?.healthSince = now
                state.nodes[change.node]?.penalty = change.flapPenalty
                state.nodes[change.node]?.penaltyAt = now
                if change.to == .lost { Self.startReplacement(of: change.node, &state) }
            }
        }
    }

    static func startReplacement(of node: NodeID, _ state: inout Rows) {
        let placed = state.placed(on: node).count
        let isBusy = state.operations.values.contains { $0.node == node && $0.state.isOpen }
        guard placed > 0, !isBusy else { return }
        let id = OperationID(high: node.high ^ UInt64(state.operations.count), low: node.low)
        state.operations[id] = Operation(id: id, kind: .replace, node: node, linger: .zero, total: placed)
    }

    func recordMassFailure(_ brake: MassFailure?, lease: FleetLease?, now: Timestamp) async throws {
        try transaction(lease) { state in if brake != nil { state.brakes += 1 } }
    }

    func recordProgress(_ progress: OperationProgress, lease: FleetLease?, now: Timestamp) async throws {
        try transaction(lease) { state in
            guard var operation = state.operations[progress.operation], operation.state.isOpen,
                operation.state != .cancelling || [.cancelling, .cancelled].contains(progress.state)
            else { return }
            operation.state = progress.state
            operation.reason = progress.reason
            operation.total = max(progress.total, operation.moved)
            operation.unplaced = progress.unplaced
            state.operations[progress.operation] = operation
            if progress.state == .cancelled, operation.kind == .drain, state.nodes[operation.node]?.health == .lost {
                Self.startReplacement(of: operation.node, &state)
            }
        }
    }

    // What operators and apps do; these never come from a coordinator that is being killed.

    func startDrain(of node: NodeID, id: OperationID, linger: Duration) {
        state.withLock { state in
            guard let row = state.nodes[node], !row.isRetired else { return }
            if let open = state.operations.values.first(where: { $0.node == node && $0.state.isOpen }) {
                guard open.state != .cancelling else { return }
                state.operations[open.id]?.kind = .drain
                state.operations[open.id]?.linger = linger
                if open.kind != .drain, !row.isCordoned { state.operations[open.id]?.madeCordon = true }
                state.nodes[node]?.isCordoned = true
                return
            }
            var operation = Operation(
                id: id,
                kind: .drain,
                node: node,
                linger: linger,
                total: state.placed(on: node).count
            )
            operation.madeCordon = !row.isCordoned
            state.nodes[node]?.isCordoned = true
            state.operations[id] = operation
        }
    }

    func cancel(_ id: OperationID) {
        state.withLock { state in
            guard let operation = state.operations[id], operation.state.isOpen, operation.state != .cancelling,
                state.nodes[operation.node]?.isRetired == false
            else { return }
            state.operations[id]?.state = .cancelling
            if operation.madeCordon { state.nodes[operation.node]?.isCordoned = false }
        }
    }

    func retire(_ node: NodeID) {
        state.withLock { state in
            guard state.nodes[node]?.isRetired == false else { return }
            state.nodes[node]?.isRetired = true
            state.nodes[node]?.isCordoned = true
            for (id, operation) in state.operations where operation.node == node && operation.state.isOpen {
                state.operations[id]?.state = .cancelled
            }
            for row in (state.assignments[node] ?? [:]).values where row.state == .lingering || row.state == .removing {
                state[node, row.peer] = nil
                if row.state == .lingering { state.nodes[node]?.peerCount -= 1 }
            }
            Self.startReplacement(of: node, &state)
        }
    }

    /// - Returns: false when the region has no room.
    func provision(_ peer: Peer) -> Bool {
        state.withLock { state in
            let view = FleetView(nodes: state.nodes.values.map { Self.inventory($0).placed }.filter { !$0.isRetired })
            let request = PlacementRequest(region: peer.region)
            guard case .success(let node) = place(request, in: view) else { return false }
            state.peers[peer.id] = peer
            state.order.append(peer.id)
            state.nodes[node]?.peerCount += 1
            let revision = state.takeRevision(of: node)
            state[node, peer.id] = Assignment(peer: peer.id, key: peer.key, state: .installing, revision: revision)
            return true
        }
    }

    func delete(_ peer: PeerID) {
        state.withLock { state in
            guard state.peers.removeValue(forKey: peer) != nil else { return }
            for node in state.holders[peer] ?? [] { state.remove(peer, from: node) }
        }
    }
}

import FleetPlanning
import LinkProtocol
import Model
import Placement
import Store

/// Nodes that do not do their work, and what is taken from them; as `Store` does it.
extension SimulatedDatabase {
    func recordTroubles(_ notices: [TroubleNotice], lease: FleetLease?, now: Timestamp) async throws {
        try transaction(lease) { state in
            for notice in notices {
                state.nodes[notice.node]?.told = NodeTrouble.Told(
                    reasons: notice.reasons,
                    changes: notice.changes,
                    penalty: notice.penalty,
                    at: now
                )
            }
        }
    }

    func stuckPeers(_ stuck: StuckNodes, limit: Int) async throws -> [PeerToMove] {
        try transaction(nil) { state in
            let waiting = stuck.nodes.flatMap { node in
                state.waiting(on: node).filter { $0.createdAt < stuck.before }.map { (node, $0.peer) }
            }
            return waiting.sorted { $0.1 < $1.1 }.prefix(limit).compactMap { node, id in
                guard let peer = state.peers[id], let region = state.nodes[node]?.region else { return nil }
                return PeerToMove(id: id, subscription: peer.subscription, source: node, region: region, companions: [])
            }
        }
    }

    func placeElsewhere(
        _ moves: [PlannedMove],
        reason: String,
        lease: FleetLease?,
        now: Timestamp
    ) async throws -> [BegunMove] {
        try transaction(lease) { state in
            moves.compactMap { move in
                guard move.source != move.target, let target = state.nodes[move.target],
                    Self.inventory(target).placed.isOpen,
                    let row = state.waiting(on: move.source).first(where: { $0.peer == move.peer })
                else { return nil }
                let earlier = state[move.target, move.peer]
                let places = earlier?.state == .lingering ? 0 : 1
                guard target.capacity - target.peerCount >= places else { return nil }
                state.remove(move.peer, from: move.source)
                state.nodes[move.target]?.peerCount += places
                let revision = state.takeRevision(of: move.target)
                state[move.target, move.peer] = Assignment(
                    peer: move.peer,
                    key: row.key,
                    state: .installing,
                    revision: revision,
                    isReturn: earlier != nil,
                    createdAt: now
                )
                return BegunMove(peer: move.peer, source: move.source, target: move.target, revision: revision)
            }
        }
    }
}

extension SimulatedDatabase.Rows {
    /// What a node has not installed, and is on its way nowhere.
    func waiting(on node: NodeID) -> [Assignment] {
        guard let applied = nodes[node]?.applied, nodes[node]?.isRetired == false else { return [] }
        return placed(on: node).filter { row in
            row.state == .installing && moving[row.peer] == nil && (row.revision > applied || row.refusal != nil)
        }
    }
}

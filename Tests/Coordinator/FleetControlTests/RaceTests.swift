import Database
import Model
import Store
import Testing

/// Two who want the same node at the same moment: whoever waits for its row sees what the other has made of it.
@Suite(.timeLimit(.minutes(10)))
struct RaceTests {
    private func drainBegins(on node: NodeID, _ id: OperationID = .random()) -> [BoundStatement] {
        [
            Statement("UPDATE nodes SET cordoned = true WHERE id = $1").with(.uuid(node.bytes)),
            Statement(
                """
                INSERT INTO operations (id, kind, state, node_id, linger_s, created_by, created_at, updated_at)
                VALUES ($1, 'drain', 'running', $2, 3600, 'system', now(), now())
                """
            ).with(.uuid(id.bytes), .uuid(node.bytes)),
        ]
    }

    @Test func `two who drain a node at once get one drain`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            let (store, name, now, id) = (fleet.store, fleet.name(node), fleet.now, OperationID.random())
            let drain = try await fleet.race(for: node, drainBegins(on: node, id)) {
                try await store.startDrain(ofNodeNamed: name, linger: nil, by: .operator("bob"), now: now).get().id
            }
            #expect(drain == id)
        }
    }

    @Test func `no cordon is lifted under a drain that begins`() async throws {
        try await ControlledFleet.with { fleet in
            let node = try await fleet.addNode()
            let (store, name, now, id) = (fleet.store, fleet.name(node), fleet.now, OperationID.random())
            let change = try await fleet.race(for: node, drainBegins(on: node, id)) {
                try await store.setCordon(false, ofNodeNamed: name, now: now)
            }
            #expect(change == .isBeingDrained(id))
        }
    }

    @Test func `a node that gets a peer is not retired as an empty one`() async throws {
        try await ControlledFleet.with { fleet in
            let other = try await fleet.addNode()
            let node = try await fleet.addNode()
            try await fleet.addPeers(1, to: other)
            let (store, name, now) = (fleet.store, fleet.name(node), fleet.now)
            let arrives = Statement("UPDATE assignments SET node_id = $1").with(.uuid(node.bytes))
            let change = try await fleet.race(for: node, [arrives]) {
                try await store.retireNode(named: name, force: false, now: now)
            }
            #expect(change == .hasPeers(1))
        }
    }

    @Test func `a deleted peer that its node lets go of is counted once`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            try await fleet.addNode()
            try await fleet.addPeers(2, to: old)
            _ = try await fleet.drain(old)
            for _ in 0..<3 { try await fleet.look() }
            let peer = try await fleet.store.peers(of: fleet.subscription)[0].id
            let (store, subscription, now) = (fleet.store, fleet.subscription, fleet.now)
            let letsGo = [
                Statement("DELETE FROM assignments WHERE node_id = $1 AND peer_id = $2")
                    .with(.uuid(old.bytes), .uuid(peer.bytes)),
                Statement("UPDATE nodes SET peer_count = peer_count - 1 WHERE id = $1").with(.uuid(old.bytes)),
            ]
            _ = try await fleet.race(for: old, letsGo) {
                try await store.removePeer(peer, of: subscription, now: now)
            }
            #expect(try await fleet.number("SELECT peer_count::bigint FROM nodes WHERE id = $1", .uuid(old.bytes)) == 1)
            try await fleet.look()
        }
    }

    @Test func `no peer switches to a node that is being retired`() async throws {
        try await ControlledFleet.with { fleet in
            let old = try await fleet.addNode()
            let target = try await fleet.addNode()
            try await fleet.addPeers(3, to: old)
            _ = try await fleet.drain(old)
            try await fleet.look()
            let (store, now) = (fleet.store, fleet.now)
            let retires = Statement("UPDATE nodes SET retired_at = now(), cordoned = true WHERE id = $1")
                .with(.uuid(target.bytes))
            let switched = try await fleet.race(for: target, [retires]) {
                try await store.switchMoves(linger: .zero, limit: 10, now: now)
            }
            #expect(switched.isEmpty)
            #expect(try await fleet.places(on: old) == 3)
        }
    }
}

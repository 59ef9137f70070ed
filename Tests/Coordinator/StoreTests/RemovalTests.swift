import Database
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RemovalTests {
    @Test func `a removed peer is gone for its owner, and a removal for its node`() async throws {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode()
            let subscription = try await fixture.addSubscription()
            let peer = try await fixture.provision(subscription, on: node).get().peer
            let changed = try await fixture.store.removePeer(peer.id, of: subscription, now: Fixture.now)
            #expect(changed == [node])
            #expect(try await fixture.store.peer(peer.id, of: subscription) == nil)
            #expect(
                try await fixture.count("SELECT count(*) FROM assignments WHERE state = 'removing' AND revision = 2")
                    == 1
            )
            #expect(try await fixture.count("SELECT sum(peer_count)::bigint FROM nodes") == 0)
            #expect(try await fixture.store.removePeer(peer.id, of: subscription, now: Fixture.now) == nil)
        }
    }

    @Test func `nobody removes or sees another customer's peer`() async throws {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode()
            let owner = try await fixture.addSubscription()
            let other = try await fixture.addSubscription()
            let peer = try await fixture.provision(owner, on: node).get().peer
            #expect(try await fixture.store.peer(peer.id, of: other) == nil)
            #expect(try await fixture.store.removePeer(peer.id, of: other, now: Fixture.now) == nil)
            #expect(try await fixture.store.peer(peer.id, of: owner) != nil)
        }
    }

    @Test func `the schema is made once, however often it is asked for`() async throws {
        try await Fixture.with { fixture in
            let steps = try await fixture.count("SELECT count(*) FROM schema_migrations")
            #expect(steps > 0)
            try await fixture.store.migrate()
            #expect(try await fixture.count("SELECT count(*) FROM schema_migrations") == steps)
        }
    }
}

import Database
import LinkProtocol
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(10)))
struct AcknowledgementTests {
    private static let session = LinkSessionID.random()

    private func acknowledge(
        _ fixture: Fixture,
        _ node: NodeID,
        _ revision: UInt64,
        refusing keys: [PublicKey] = [],
        completesSnapshot: Bool = false
    ) async throws {
        try await fixture.store.pool.transaction { transaction in
            _ = try transaction.execute(
                "UPDATE nodes SET link_session = $2 WHERE id = $1",
                .uuid(node.bytes),
                .uuid(Self.session.bytes)
            )
        }
        try await fixture.acknowledge(
            node,
            revision,
            over: Self.session,
            refusing: keys,
            completesSnapshot: completesSnapshot
        )
    }

    private func states(_ fixture: Fixture, _ subscription: SubscriptionID) async throws -> [PeerRecord.State] {
        try await fixture.store.peers(of: subscription).map(\.state)
    }

    @Test func `an acknowledgement settles what came since the last, and no link but the node's own may give one`()
        async throws
    {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode()
            let subscription = try await fixture.addSubscription()
            for _ in 0..<3 { _ = try await fixture.provision(subscription, on: node).get() }
            try await acknowledge(fixture, node, 1)
            #expect(try await fixture.count("SELECT count(*) FROM assignments WHERE state = 'active'") == 1)
            try await acknowledge(fixture, node, 3)
            #expect(try await states(fixture, subscription) == [.active, .active, .active])
            await #expect(throws: LinkSuperseded.self) {
                try await fixture.store.recordAcknowledgement(
                    Acknowledgement(revision: Revision(3), tableDigest: .empty, refusedPeers: []),
                    of: node,
                    session: .random(),
                    completesSnapshot: true,
                    now: Fixture.now
                )
            }
        }
    }

    @Test func `a whole table without a refusal takes an earlier one back`() async throws {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode()
            let subscription = try await fixture.addSubscription()
            let first = try await fixture.provision(subscription, on: node).get().peer
            let second = try await fixture.provision(subscription, on: node).get().peer
            try await acknowledge(fixture, node, 2, refusing: [first.publicKey, second.publicKey])
            #expect(try await states(fixture, subscription) == [.refused, .refused])
            try await acknowledge(fixture, node, 2, refusing: [second.publicKey], completesSnapshot: true)
            let peers = try await fixture.store.peers(of: subscription)
            #expect(peers.first { $0.id == first.id }?.state == .active)
            #expect(peers.first { $0.id == second.id }?.state == .refused)
        }
    }

    @Test func `a peer of a retired node is without a place, and its removal frees the address at once`() async throws {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode()
            let subscription = try await fixture.addSubscription()
            let peer = try await fixture.provision(subscription, on: node).get().peer
            try await fixture.store.pool.transaction { transaction in
                _ = try transaction.execute("UPDATE nodes SET retired_at = now()")
            }
            #expect(try await states(fixture, subscription) == [.unplaced])
            #expect(try await fixture.store.removePeer(peer.id, of: subscription, now: Fixture.now) == [])
            #expect(try await fixture.count("SELECT count(*) FROM assignments") == 0)
            #expect(try await fixture.count("SELECT count(*) FROM free_addresses") == 1)
        }
    }
}

import Cryptography
import Database
import LinkProtocol
import Model
import Placement
import Store
import Testing

/// What a node's link reads and writes of peers that are moving.
@Suite(.timeLimit(.minutes(10)))
struct LinkedMovesTests {
    private static let session = LinkSessionID.random()
    private static let addresses = try! AddressPool(
        ipv4: IPPrefix("10.64.0.0/10")!,
        ipv6: IPPrefix("fd68:6f6c:6466::/64")!
    )

    /// A node with active peers, up to its revision.
    private func with(peers count: Int, _ body: (Fixture, NodeID, [PeerRecord]) async throws -> Void) async throws {
        try await Fixture.with { fixture in
            let node = try await fixture.addNode()
            try await execute(fixture, "UPDATE nodes SET link_session = '\(Self.session)'")
            let subscription = try await fixture.addSubscription()
            for _ in 0..<count { _ = try await fixture.provision(subscription, on: node).get() }
            try await fixture.acknowledge(node, UInt64(count), over: Self.session)
            try await body(fixture, node, try await fixture.store.peers(of: subscription))
        }
    }

    private func execute(_ fixture: Fixture, _ sql: String) async throws {
        try await fixture.store.pool.transaction { transaction in
            _ = try transaction.execute(Statement(sql))
        }
    }

    /// As a switch does it to the old node.
    private func linger(_ fixture: Fixture, _ peer: PeerRecord) async throws {
        try await execute(fixture, "UPDATE nodes SET revision = revision + 1")
        try await execute(
            fixture,
            """
            UPDATE assignments SET state = 'lingering', linger_until = now() + interval '1 day',
                revision = (SELECT max(revision) FROM nodes)
            WHERE peer_id = '\(peer.id)'
            """
        )
    }

    private func states(_ fixture: Fixture) async throws -> [String] {
        try await fixture.store.pool.read { transaction in
            try transaction.query("SELECT state FROM assignments ORDER BY revision").map { row in try row.text("state")
            }
        }
    }

    @Test func `a peer that moved away is told with its mark, in a delta and in a snapshot`() async throws {
        try await with(peers: 2) { fixture, node, peers in
            let before = try #require(
                try await fixture.store.snapshot(of: node, above: nil, addresses: Self.addresses)
            )
            try await linger(fixture, peers[0])
            let changes = try await fixture.store.changes(
                of: node,
                after: Revision(2),
                limit: 10,
                addresses: Self.addresses
            )
            guard case .delta(let delta, let digest, hasMore: false) = changes else {
                Issue.record("\(changes)")
                return
            }
            #expect(delta.removals.isEmpty && digest == nil)
            #expect(delta.upserts.map(\.publicKey) == [peers[0].publicKey])
            #expect(delta.upserts.map(\.isLingering) == [true])
            let after = try #require(try await fixture.store.snapshot(of: node, above: nil, addresses: Self.addresses))
            #expect(after.header.peerCount == 2 && after.entries.count == 2)
            #expect(after.entries.filter(\.isLingering) == delta.upserts)
            var expected = before.header.digest
            for entry in before.entries where entry.publicKey == peers[0].publicKey { expected.remove(entry) }
            #expect(after.header.digest == expected)
        }
    }

    @Test func `a node is sent its own peers alone, in changes and in a snapshot`() async throws {
        try await with(peers: 2) { fixture, node, peers in
            let other = try await fixture.addNode()
            let subscription = try await fixture.addSubscription()
            for _ in 0..<3 { _ = try await fixture.provision(subscription, on: other).get() }
            let others = try await fixture.store.peers(of: subscription)
            for (node, own) in [(node, peers), (other, others)] {
                let keys = Set(own.map(\.publicKey))
                let snapshot = try #require(
                    try await fixture.store.snapshot(of: node, above: nil, addresses: Self.addresses)
                )
                #expect(Set(snapshot.entries.map(\.publicKey)) == keys)
                let changes = try await fixture.store.changes(
                    of: node,
                    after: .zero,
                    limit: 100,
                    addresses: Self.addresses
                )
                guard case .delta(let delta, _, _) = changes else {
                    Issue.record("\(changes)")
                    return
                }
                #expect(Set(delta.upserts.map(\.publicKey)) == keys && delta.removals.isEmpty)
            }
        }
    }

    @Test func `an acknowledgement leaves what is moving in to its switch`() async throws {
        try await with(peers: 1) { fixture, node, peers in
            let target = try await fixture.addNode()
            try await execute(fixture, "UPDATE nodes SET link_session = '\(Self.session)'")
            try await execute(fixture, "UPDATE nodes SET revision = 1 WHERE id = '\(target)'")
            try await execute(
                fixture,
                """
                INSERT INTO assignments (node_id, peer_id, state, revision, public_key, address_index, created_at,
                    moves_from)
                SELECT '\(target)', peer_id, 'installing', 1, public_key, address_index, created_at, node_id
                FROM assignments
                """
            )
            try await fixture.acknowledge(target, 1, over: Self.session)
            #expect(try await states(fixture).sorted() == ["active", "installing"])
            let applied = "SELECT applied_revision FROM nodes ORDER BY applied_revision LIMIT 1"
            #expect(try await fixture.count(Statement(applied)) == 1)
            // Refused, and then taken: it is a move still.
            try await fixture.acknowledge(target, 1, over: Self.session, refusing: [peers[0].publicKey])
            #expect(try await fixture.count("SELECT count(*) FROM assignments WHERE refused_reason IS NOT NULL") == 1)
            try await fixture.acknowledge(target, 1, over: Self.session, completesSnapshot: true)
            #expect(try await fixture.count("SELECT count(*) FROM assignments WHERE refused_reason IS NOT NULL") == 0)
            #expect(try await states(fixture).sorted() == ["active", "installing"])
        }
    }

    @Test func `each refusal is counted on its node`() async throws {
        try await with(peers: 2) { fixture, node, peers in
            let refused: Statement = "SELECT refused_changes FROM nodes"
            #expect(try await fixture.count(refused) == 0)
            try await fixture.acknowledge(node, 2, over: Self.session, refusing: peers.map(\.publicKey))
            #expect(try await fixture.count(refused) == 2)
            // The same words again are no new refusals.
            try await fixture.acknowledge(node, 2, over: Self.session, refusing: peers.map(\.publicKey))
            #expect(try await fixture.count(refused) == 2)
            try await fixture.store.recordRefusal(
                of: Revision(2),
                reason: .tableUnavailable,
                by: node,
                now: Fixture.now
            )
            #expect(try await fixture.count(refused) == 3)
        }
    }

    @Test func `a heartbeat is written with its revision, and brings back the version that is wanted`() async throws {
        try await with(peers: 1) { fixture, node, _ in
            var heartbeat = Heartbeat()
            heartbeat.appliedRevision = Revision(1)
            heartbeat.peersInTable = 5
            heartbeat.peersLingering = 4
            let beat = { (session: LinkSessionID) async throws in
                try await fixture.store.recordHeartbeat(
                    heartbeat,
                    of: node,
                    session: session,
                    nextWithin: .seconds(15),
                    now: Fixture.now
                )
            }
            #expect(try await beat(Self.session) == nil)
            let written = """
                SELECT count(*) FROM nodes
                WHERE heartbeat_revision = 1 AND peers_in_table = 5 AND peers_lingering = 4
                """
            #expect(try await fixture.count(Statement(written)) == 1)
            try await execute(fixture, "UPDATE nodes SET desired_version = '1.4.0'")
            #expect(try await beat(Self.session) == "1.4.0")
            await #expect(throws: LinkSuperseded.self) { _ = try await beat(.random()) }
        }
    }

    @Test func `a snapshot removes most of a table only by removals that account for all of it`() async throws {
        try await with(peers: 3) { fixture, node, _ in
            let isAllowed = { (above: Revision?) in
                try await fixture.store.snapshot(of: node, above: above, addresses: Self.addresses)?.header
                    .allowMassRemoval
            }
            #expect(try await isAllowed(nil) == false)
            try await execute(fixture, "UPDATE assignments SET state = 'removing' WHERE revision < 3")
            #expect(try await isAllowed(nil) == true)
            try await execute(fixture, "UPDATE nodes SET peers_in_table = 3")
            #expect(try await isAllowed(nil) == true)
            // The node has peers that this database does not know: it was put back to an earlier day.
            try await execute(fixture, "UPDATE nodes SET peers_in_table = 5000")
            #expect(try await isAllowed(nil) == false)
            try await execute(fixture, "UPDATE nodes SET peers_in_table = NULL")
            #expect(try await isAllowed(Revision(700)) == false)
        }
    }
}

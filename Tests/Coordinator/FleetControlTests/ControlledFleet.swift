import Cryptography
import Database
import DatabaseTestSupport
@testable import FleetControl
import FleetPlanning
import LinkProtocol
import Model
import Store
import Testing

/// A fleet in a real database, whose nodes do what the test says, and whose clock the test turns.
final class ControlledFleet {
    static let region = RegionName("fra1")!
    static let template = TestTemplate(name: "holdfast_schema_fleet") { configuration in
        try await DatabaseTestSupport.withPool(configuration) { pool in try await Store(pool: pool).migrate() }
    }

    let store: Store
    let subscription: SubscriptionID
    private(set) var nodes: [NodeID] = []
    private(set) var now = Timestamp(seconds: 1_800_000_000)
    private var tick = ContinuousClock.now
    private var round: FleetRound
    private let policy: FleetPolicy
    private let session = LinkSessionID.random()
    /// Nodes that say nothing.
    var silent: Set<NodeID> = []

    static func with(
        policy: FleetPolicy = FleetPolicy(movesPerSecond: 100_000),
        _ body: (ControlledFleet) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.create(from: template)
        try await database.withPool(connections: 4) { pool in
            let fleet = ControlledFleet(store: Store(pool: pool), policy: policy)
            try await fleet.execute(
                """
                INSERT INTO subscriptions (id, provider, environment, store_reference, tier, state, created_at, updated_at)
                VALUES ($1, 'stripe', 'production', 'sub_1', 'basic', 'active', now(), now())
                """,
                .uuid(fleet.subscription.bytes)
            )
            try await body(fleet)
        }
    }

    private init(store: Store, policy: FleetPolicy) {
        self.store = store
        self.policy = policy
        subscription = .random()
        round = FleetRound(records: store, policy: policy, now: now, tick: tick)
    }

    // What a test says

    @discardableResult
    func addNode(capacity: Int = 100, region: RegionName = region) async throws -> NodeID {
        let id = NodeID.random()
        try await execute(
            """
            INSERT INTO nodes (id, name, region, wireguard_public_key, endpoint, capacity, enrolled_at,
                applied_digest, heard_at, link_session, health_since, flap_penalty_at)
            VALUES ($1, $2, $3, $4, 'exit.example.net:51820', $5, $6, $7, $6, $8, $6, $6)
            """,
            .uuid(id.bytes),
            .text("node-\(nodes.count + 1)"),
            .text(region.text),
            .bytes(WireGuardKeyPair.generate().publicKey.bytes),
            .int32(Int32(capacity)),
            .timestamp(now.microseconds),
            .bytes(TableDigest.empty.bytes),
            .uuid(session.bytes)
        )
        nodes.append(id)
        return id
    }

    /// Peers that their node holds already.
    func addPeers(_ count: Int, to node: NodeID, region: RegionName = region) async throws {
        try await execute(
            """
            WITH made AS (
                INSERT INTO peers (id, subscription_id, public_key, address_index, region, created_at)
                SELECT gen_random_uuid(), $1, sha256(gen_random_uuid()::text::bytea), nextval('address_indexes'), $3, now()
                FROM generate_series(1, $4::integer) RETURNING id, public_key, address_index)
            INSERT INTO assignments (node_id, peer_id, state, revision, public_key, address_index, created_at)
            SELECT $2, id, 'active', (SELECT revision FROM nodes WHERE id = $2) + row_number() OVER (), public_key,
                address_index, now() FROM made
            """,
            .uuid(subscription.bytes),
            .uuid(node.bytes),
            .text(region.text),
            .int32(Int32(count))
        )
        try await execute(
            "UPDATE nodes SET revision = revision + $2, applied_revision = revision + $2, peer_count = peer_count + $2 WHERE id = $1",
            .uuid(node.bytes),
            .int32(Int32(count))
        )
    }

    func name(_ node: NodeID) -> String { "node-\((nodes.firstIndex(of: node) ?? -1) + 1)" }

    func drain(
        _ node: NodeID,
        linger: Duration = .seconds(3600),
        thenRetire: Bool = false
    ) async throws -> OperationID {
        try await store.startDrain(
            ofNodeNamed: name(node),
            linger: linger,
            thenRetire: thenRetire,
            by: .operator("alice"),
            now: now
        ).get().id
    }

    /// One look of the controllers, and what the nodes that are not silent make of it.
    @discardableResult
    func look(acknowledging: Bool = true, after pause: Duration = .seconds(1)) async throws -> FleetRound.Outcome {
        now = now + pause
        tick += pause
        try await beat()
        let outcome = try await round.look(lease: nil, now: now, tick: tick)
        if acknowledging { for node in nodes where !silent.contains(node) { try await acknowledge(node) } }
        try await checkInvariants()
        return outcome
    }

    /// One look at the rollout, of nodes that were heard just now.
    func stepRollout(after pause: Duration = .seconds(1)) async throws {
        now = now + pause
        try await beat()
        try await RolloutRound(store: store, policy: policy.rollout, lease: nil, now: now).run()
    }

    /// What the controllers remember is gone, as after `kill -9`.
    func forgetEverything() {
        round = FleetRound(records: store, policy: policy, now: now, tick: tick)
    }

    /// The node has applied all that it was told.
    func acknowledge(_ node: NodeID, refusing keys: [PublicKey] = []) async throws {
        let revision = try await number("SELECT revision FROM nodes WHERE id = $1", .uuid(node.bytes))
        try await store.recordAcknowledgement(
            Acknowledgement(
                revision: Revision(UInt64(revision)),
                tableDigest: .empty,
                refusedPeers: keys.map { RefusedPeer(publicKey: $0, reason: "no memory") }
            ),
            of: node,
            session: session,
            completesSnapshot: false,
            now: now
        )
    }

    /// Nodes that are not silent were heard just now.
    private func beat() async throws {
        try await execute(
            "UPDATE nodes SET heard_at = $1, heartbeat_revision = applied_revision WHERE NOT id = ANY ($2)",
            .timestamp(now.microseconds),
            .uuidArray(silent.map(\.bytes))
        )
    }

    /// What the node reports to keep of moved peers.
    func report(lingering count: Int32, by node: NodeID) async throws {
        try await execute(
            "UPDATE nodes SET peers_lingering = $2, heartbeat_revision = applied_revision WHERE id = $1",
            .uuid(node.bytes),
            .int32(count)
        )
    }

    // What a test sees

    func execute(_ statement: Statement, _ parameters: Parameter...) async throws {
        try await store.pool.transaction { transaction in
            _ = try transaction.executeAll([BoundStatement(statement: statement, parameters: parameters)])
        }
    }

    func number(_ statement: Statement, _ parameters: Parameter...) async throws -> Int64 {
        try await store.pool.read { transaction in try transaction.query(statement, parameters)[0].int64(0) }
    }

    /// Makes `change` while it holds the node's row, and `other` waits for that.
    func race<Value: Sendable>(
        for node: NodeID,
        _ change: [BoundStatement],
        against other: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let waiting = try await store.pool.transaction { transaction in
            _ = try transaction.query("SELECT id FROM nodes WHERE id = $1 FOR NO KEY UPDATE", .uuid(node.bytes))
            let task = Task { try await other() }
            while try transaction.query(Self.countWaiting)[0].int64(0) == 0 {}
            try transaction.executeAll(change)
            return task
        }
        return try await waiting.value
    }

    private static let countWaiting: Statement = """
        SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid
        """

    func places(on node: NodeID) async throws -> Int64 {
        try await number(
            """
            SELECT count(*) FROM assignments
            WHERE node_id = $1 AND state IN ('installing', 'active') AND moves_from IS NULL
            """,
            .uuid(node.bytes)
        )
    }

    func rows(_ state: String, on node: NodeID) async throws -> Int64 {
        try await number(
            "SELECT count(*) FROM assignments WHERE node_id = $1 AND state = $2",
            .uuid(node.bytes),
            .text(state)
        )
    }

    /// True at every moment, whatever happens.
    func checkInvariants() async throws {
        let homeless = try await number(
            """
            SELECT count(*) FROM peers p WHERE frozen_at IS NULL AND 1 <> (SELECT count(*) FROM assignments a
                WHERE a.peer_id = p.id AND a.state IN ('installing', 'active') AND a.moves_from IS NULL)
            """
        )
        #expect(homeless == 0, "every peer has exactly one place")
        let unfrozen = try await number(
            """
            SELECT count(*) FROM peers p JOIN assignments a ON a.peer_id = p.id
            WHERE p.frozen_at IS NOT NULL AND a.state <> 'removing'
            """
        )
        #expect(unfrozen == 0, "a frozen peer is on no node")
        let doubled = try await number(
            """
            SELECT count(*) FROM peers p FULL JOIN free_addresses f USING (address_index)
            WHERE p.id IS NOT NULL AND f.freed_at IS NOT NULL
            """
        )
        #expect(doubled == 0, "an address that a peer has is not free")
        let overfull = try await number("SELECT count(*) FROM nodes WHERE peer_count > capacity")
        #expect(overfull == 0, "no node is overfull")
        let miscounted = try await number(
            """
            SELECT count(*) FROM nodes n WHERE retired_at IS NULL AND peer_count <> (SELECT count(*) FROM assignments a
                WHERE a.node_id = n.id AND a.state <> 'removing')
            """
        )
        #expect(miscounted == 0, "each node's count is that of its peers")
    }
}

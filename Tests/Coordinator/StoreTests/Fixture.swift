import Cryptography
import Database
import DatabaseTestSupport
import LinkProtocol
import Model
import Placement
import Store

/// A migrated database with the few rows that provisioning needs.
struct Fixture {
    static let now = Timestamp(seconds: 1_800_000_000)
    static let region = RegionName("fra1")!
    static let limits = ["basic": TierLimits(peers: 3, regions: [])]

    let store: Store

    static let template = TestTemplate(name: "holdfast_schema") { configuration in
        try await DatabaseTestSupport.withPool(configuration) { pool in try await Store(pool: pool).migrate() }
    }

    static func with<Value>(connections: Int = 4, _ body: (Fixture) async throws -> Value) async throws -> Value {
        let database = try await TestDatabase.create(from: template)
        return try await database.withPool(connections: connections) { pool in
            try await body(Fixture(store: Store(pool: pool)))
        }
    }

    func addNode(capacity: Int = 100) async throws -> NodeID {
        let id = NodeID.random()
        let key = WireGuardKeyPair.generate().publicKey
        try await store.pool.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO nodes (id, name, region, wireguard_public_key, endpoint, capacity, enrolled_at,
                    applied_digest, heard_at)
                VALUES ($1, $2, $3, $4, 'exit.example.net:51820', $5, $6, $7, $6)
                """,
                .uuid(id.bytes),
                .text("node-\(id)"),
                .text(Self.region.text),
                .bytes(key.bytes),
                .int32(Int32(capacity)),
                .timestamp(Self.now.microseconds),
                .bytes(TableDigest.empty.bytes)
            )
        }
        return id
    }

    func addSubscription(state: String = "active", until: Timestamp = now + .seconds(3600)) async throws
        -> SubscriptionID
    {
        let id = SubscriptionID.random()
        try await store.pool.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO subscriptions (id, provider, environment, store_reference, tier, state, access_until,
                    created_at, updated_at)
                VALUES ($1, 'stripe', 'production', $2, 'basic', $3, $4, $5, $5)
                """,
                .uuid(id.bytes),
                .text("sub_\(id)"),
                .text(state),
                .timestamp(until.microseconds),
                .timestamp(Self.now.microseconds)
            )
        }
        return id
    }

    func provision(
        _ subscription: SubscriptionID,
        on node: NodeID,
        key: PublicKey = WireGuardKeyPair.generate().publicKey,
        idempotency: ProvisioningRequest.Idempotency? = nil,
        lastAddressIndex: Int64 = 1 << 20,
        now: Timestamp = now
    ) async throws -> Result<Provisioned, ProvisioningRefusal> {
        let request = ProvisioningRequest(
            subscription: subscription,
            publicKey: key,
            region: Self.region,
            idempotency: idempotency
        )
        return try await provision([request], on: [node], lastAddressIndex: lastAddressIndex, now: now)[0]
    }

    /// - Parameter nodes: what placement sees of the fleet: endless room, so that the nodes' own rows decide.
    func provision(
        _ requests: [ProvisioningRequest],
        on nodes: [NodeID],
        lastAddressIndex: Int64 = 1 << 20,
        now: Timestamp = now
    ) async throws -> [Result<Provisioned, ProvisioningRefusal>] {
        let fleet = FleetView(
            nodes: nodes.map { FleetNode(id: $0, region: Self.region, capacity: 1 << 20, peerCount: 0) }
        )
        let terms = Self.terms(lastAddressIndex: lastAddressIndex)
        return try await store.provision(requests, in: fleet, terms: terms, now: now)
    }

    static func terms(lastAddressIndex: Int64 = 1 << 20) -> ProvisioningTerms {
        ProvisioningTerms(limits: limits, policy: PlacementPolicy(), lastAddressIndex: lastAddressIndex)
    }

    /// The node's word over `session`, which is its link.
    func acknowledge(
        _ node: NodeID,
        _ revision: UInt64,
        over session: LinkSessionID,
        refusing keys: [PublicKey] = [],
        completesSnapshot: Bool = false
    ) async throws {
        try await store.recordAcknowledgement(
            Acknowledgement(
                revision: Revision(revision),
                tableDigest: .empty,
                refusedPeers: keys.map { RefusedPeer(publicKey: $0, reason: "no memory") }
            ),
            of: node,
            session: session,
            completesSnapshot: completesSnapshot,
            now: Self.now
        )
    }

    func count(_ statement: Statement) async throws -> Int64 {
        try await store.pool.read { transaction in try transaction.query(statement)[0].int64(0) }
    }
}

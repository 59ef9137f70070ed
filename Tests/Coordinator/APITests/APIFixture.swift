import Billing
import Cryptography
import DaemonRuntime
import Database
import DatabaseTestSupport
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LinkProtocol
import Logging
import Model
import NIOCore
import ObjectStorage
import PaymentProviders
import Placement
import Store

@testable import API

/// The customers' routes over a real database, with one node that nobody answers for.
struct APIFixture {
    static let region = "fra1"
    static let webhookSecret = "whsec_api_5d1f"
    let store: Store
    let client: any TestClientProtocol
    let changeFeed: ChangeFeed
    let peerFeed: PeerFeed
    let dependencies: CustomerAPI.Dependencies

    private static let template = TestTemplate(name: "holdfast_schema") { configuration in
        try await DatabaseTestSupport.withPool(configuration) { pool in try await Store(pool: pool).migrate() }
    }

    static func with<Value: Sendable>(
        nodeCapacity: Int = 100,
        objects: ObjectStore? = nil,
        _ body: @escaping @Sendable (APIFixture) async throws -> Value
    ) async throws -> Value {
        let database = try await TestDatabase.create(from: template)
        return try await database.withPool(connections: 4) { pool in
            let store = Store(pool: pool)
            try await addNode(in: pool, capacity: nodeCapacity)
            let dependencies = try dependencies(store, objects)
            let application = Application(
                router: CustomerAPI.router(
                    dependencies,
                    standing: StandingRequests(allMax: 100, keepAlive: .seconds(15))
                )
            )
            return try await application.test(.router) { client in
                try await body(
                    APIFixture(
                        store: store,
                        client: client,
                        changeFeed: dependencies.changeFeed,
                        peerFeed: dependencies.peerFeed,
                        dependencies: dependencies
                    )
                )
            }
        }
    }

    private static func dependencies(
        _ store: Store,
        _ objects: ObjectStore?
    ) throws -> CustomerAPI.Dependencies {
        let pool = try AddressPool(ipv4: IPPrefix("10.64.0.0/10")!, ipv6: IPPrefix("fd68:6f6c:6466::/64")!)
        let limits = ["basic": TierLimits(peers: 2, regions: [])]
        let fleet = FleetCache(store: store, silenceLimit: .seconds(3600))
        let feed = ChangeFeed(pool: store.pool, instance: .random(), listener: nil, logger: Logger(label: "test"))
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let peerFeed = PeerFeed(pool: store.pool, logger: Logger(label: "test"))
        let pepper = Pepper(version: 1, key: [UInt8](repeating: 1, count: 32))!
        return CustomerAPI.Dependencies(
            store: store,
            changeFeed: feed,
            fleet: fleet,
            provisioner: Provisioner(
                store: store,
                changeFeed: feed,
                fleet: fleet,
                terms: ProvisioningTerms(
                    limits: limits,
                    policy: PlacementPolicy(),
                    lastAddressIndex: pool.lastIndex
                ),
                wait: .milliseconds(1)
            ),
            mover: Mover(
                store: store,
                changeFeed: feed,
                peerFeed: peerFeed,
                fleet: fleet,
                limits: limits,
                policy: PlacementPolicy(),
                linger: .seconds(3600),
                wait: .milliseconds(1)
            ),
            peerFeed: peerFeed,
            tunnel: TunnelSettings(pool: pool, dns: [], mtu: 1420),
            limits: limits,
            peppers: Peppers(pepper),
            trustedProxies: [],
            claimsPerMinute: 120,
            orderDesk: OrderDesk(store: store, tiers: [.init("basic")!], pepper: pepper) { _ in nil },
            receivers: StoreReceivers(
                stripe: try StripeReceiver(
                    store: store,
                    secrets: [Secret(webhookSecret)],
                    environment: .sandbox,
                    signal: WakeSignal(),
                    logger: quiet
                )
            ),
            webhookCounts: WebhookCounts(),
            bucketDesk: try objects.map { objects in
                let terms = BucketTerms(objectByteCountMax: 10 << 20, presignLifetimeMax: .seconds(600))
                return BucketDesk(
                    store: store,
                    objects: objects,
                    catalogue: try TierCatalogue([Tier(name: .init("basic")!, peerLimit: 2, bucket: terms)]),
                    namePrefix: "api-",
                    retention: .seconds(30 * 86_400),
                    logger: quiet
                )
            }
        )
    }

    static func addNode(
        in pool: DatabasePool,
        capacity: Int,
        name: String = "exit1",
        region: String = region
    ) async throws {
        try await pool.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO nodes (id, name, region, wireguard_public_key, endpoint, capacity, enrolled_at,
                    applied_digest, heard_at)
                VALUES ($1, $6, $2, $3, $6 || '.example.net:51820', $4, now(), $5, now())
                """,
                .uuid(NodeID.random().bytes),
                .text(region),
                .bytes(WireGuardKeyPair.generate().publicKey.bytes),
                .int32(Int32(capacity)),
                .bytes(TableDigest.empty.bytes),
                .text(name)
            )
        }
    }

    /// Every node applies what it was told.
    func acknowledgeAll() async throws {
        let nodes = try await store.pool.read { transaction in
            try transaction.query("SELECT id, revision FROM nodes ORDER BY id").map { row in
                (id: NodeID(bytes: try row.uuid("id"))!, revision: Revision(UInt64(try row.int64("revision"))))
            }
        }
        let session = LinkSessionID.random()
        try await store.pool.transaction { transaction in
            try transaction.execute("UPDATE nodes SET link_session = $1", .uuid(session.bytes))
        }
        for node in nodes {
            try await store.recordAcknowledgement(
                Acknowledgement(revision: node.revision, tableDigest: .empty, refusedPeers: []),
                of: node.id,
                session: session,
                completesSnapshot: false,
                now: SystemClock.now()
            )
            changeFeed.acknowledged(node.id, node.revision, hasRefusals: false)
        }
    }

    /// A paid subscription, claimed through the API: its token.
    func token() async throws -> String {
        let secret = RandomBytes.make(32)
        try await addPaidOrder(secret)
        let answer = try await post(
            "/v1/subscription-tokens",
            ["claim_secret": Hexadecimal.encode(secret)],
            token: nil
        )
        return try answer.field("token")
    }

    /// A paid subscription that nobody has claimed yet.
    func addPaidOrder(_ secret: [UInt8]) async throws {
        let subscription = SubscriptionID.random()
        try await store.pool.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO subscriptions (id, provider, environment, store_reference, tier, state, access_until,
                    paid_through, created_at, updated_at)
                VALUES ($1, 'stripe', 'production', $2, 'basic', 'active', now() + interval '1 day',
                    now() + interval '1 day', now(), now())
                """,
                .uuid(subscription.bytes),
                .text("sub_\(subscription)")
            )
            try transaction.execute(
                """
                INSERT INTO orders (id, claim_hash, tier, subscription_id, created_at, expires_at)
                VALUES ($1, $2, 'basic', $3, now(), now() + interval '1 day')
                """,
                .uuid(OrderID.random().bytes),
                .bytes(SHA256.hash(secret)),
                .uuid(subscription.bytes)
            )
        }
    }

    func script(_ sql: String) async throws {
        try await store.pool.transaction { transaction in try transaction.script(sql) }
    }

    func post(
        _ path: String,
        _ fields: [String: String],
        token: String?,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        try await send(.post, path, body: try JSONEncoder().encode(fields), token: token, headers: headers)
    }

    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        body: Data? = nil,
        token: String?,
        contentType: String = "application/json",
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if let token { headers[.authorization] = "Bearer \(token)" }
        if body != nil { headers[.contentType] = contentType }
        return try await client.execute(
            uri: path,
            method: method,
            headers: headers,
            body: body.map { ByteBuffer(bytes: $0) }
        ) { response in
            Answer(status: response.status.code, headers: response.headers, body: Data(response.body.readableBytesView))
        }
    }

    /// Nodes of as many regions, for an answer that is long.
    func addRegions(_ count: Int) async throws {
        for number in 0..<count {
            try await Self.addNode(in: store.pool, capacity: 1, name: "long\(number)", region: "region-\(number)")
        }
    }

    func count(_ statement: Statement) async throws -> Int64 {
        try await store.pool.read { transaction in try transaction.query(statement)[0].int64(0) }
    }
}

struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: Data

    struct Missing: Error {
        let field: String
    }

    func field(_ name: String) throws -> String {
        let object = try JSONSerialization.jsonObject(with: body) as? [String: Any]
        guard let value = object?[name] as? String else { throw Missing(field: name) }
        return value
    }

    /// The last part of the problem's type, where the answer is a problem document.
    var problem: String? {
        guard headers[.contentType] == "application/problem+json", let type = try? field("type") else { return nil }
        return type.split(separator: ":").last.map(String.init)
    }
}

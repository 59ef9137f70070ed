import AgentLink
import CertificateAuthority
import Cryptography
import Database
import DatabaseTestSupport
import Glibc
import LinkProtocol
import Logging
import Model
import NIOSSL
import Newcomers
import Placement
import Store

/// A listener with a database of its own, on a free port.
struct TestBench: Sendable {
    let store: Store
    let feed: ChangeFeed
    let authority: CertificateAuthority
    let pepper: Pepper
    let port: Int
    let addresses: AddressPool
    let counts: LinkCounts

    static let migrated = TestTemplate(name: "agent_link") { configuration in
        try await DatabaseTestSupport.withPool(configuration) { pool in try await Store(pool: pool).migrate() }
    }

    static func now() -> Timestamp { Timestamp(seconds: Int64(time(nil))) }

    /// On this machine's own address, with few places for newcomers.
    private static func configuration(allowsPrivateEndpoints: Bool) -> LinkConfiguration {
        var configuration = LinkConfiguration(listen: HostPort(host: "127.0.0.1", port: 0))
        configuration.policy.endpoints.allowsPrivate = allowsPrivateEndpoints
        configuration.newcomers.ofAddress = 16
        return configuration
    }

    static func run(
        allowsPrivateEndpoints: Bool = true,
        _ body: @escaping @Sendable (TestBench) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.create(from: migrated)
        try await database.withPool(connections: 4) { pool in
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let store = Store(pool: pool)
            let instance = InstanceID.random()
            let feed = ChangeFeed(pool: pool, instance: instance, listener: nil, logger: logger)
            let authority = try CertificateAuthority.generate(now: now())
            guard let pepper = Pepper(version: 1, key: [UInt8](repeating: 7, count: 32)),
                let ipv4 = IPPrefix("10.64.0.0/10"), let ipv6 = IPPrefix("fd68:6f6c:6466::/64")
            else { preconditionFailure("constants") }
            let addresses = try AddressPool(ipv4: ipv4, ipv6: ipv6)
            let counts = LinkCounts()
            let (ports, listening) = AsyncStream.makeStream(of: Int.self)
            let listener = LinkListener(
                configuration: configuration(allowsPrivateEndpoints: allowsPrivateEndpoints),
                store: store,
                changeFeed: feed,
                authority: authority,
                pepper: pepper,
                addressPool: addresses,
                instance: instance,
                logger: logger,
                counts: counts,
                onListening: { listening.yield($0) }
            )
            try await withThrowingTaskGroup { group in
                group.addTask { try await listener.run() }
                group.addTask { await feed.run() }
                group.addTask {
                    for await port in ports {
                        try await body(
                            TestBench(
                                store: store,
                                feed: feed,
                                authority: authority,
                                pepper: pepper,
                                port: port,
                                addresses: addresses,
                                counts: counts
                            )
                        )
                        return
                    }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    func link<Result: Sendable>(
        _ identity: TestIdentity?,
        newest: NewestTLS = .v13,
        _ body: (inout TestClient) async throws -> Result
    ) async throws -> Result {
        try await TestClient.connect(
            to: port,
            trusting: authority,
            protocols: [ApplicationProtocol.link],
            identity: identity,
            newest: newest == .v13 ? .tlsv13 : .tlsv12,
            body
        )
    }

    enum NewestTLS { case v12, v13 }

    func token(lifetime: Duration = .seconds(3600)) async throws -> JoinToken {
        guard let region = RegionName("fra1") else { preconditionFailure("constant") }
        return try await store.createJoinToken(
            region: region,
            authorityPin: authority.pin,
            lifetime: lifetime,
            pepper: pepper,
            now: Self.now()
        ).token
    }

    /// What the coordinator answers to an enrolment.
    func enrol(
        _ identity: TestIdentity,
        secret: Secret<[UInt8]>,
        name: String = "exit1",
        key: UInt8 = 9,
        certificateRequest: [UInt8]? = nil
    ) async throws -> CoordinatorMessage? {
        let request = EnrolmentRequest(
            joinSecret: secret,
            nodeName: name,
            agentVersion: "0.1.0",
            wireguardPublicKey: Self.key(key),
            certificateRequest: try certificateRequest ?? identity.request(),
            endpoint: nil,
            listenPort: 51_820
        )
        return try await TestClient.connect(
            to: port,
            trusting: authority,
            protocols: [ApplicationProtocol.enrolment]
        ) { client in
            try await client.send(.enrolmentRequest(request))
            return try await client.next()
        }
    }

    /// A node that has enrolled.
    func enrolled() async throws -> (NodeID, TestIdentity) {
        var identity = TestIdentity()
        guard case .enrolled(let enrolment)? = try await enrol(identity, secret: token().secret) else {
            throw Unexpected()
        }
        identity.certificate = enrolment.certificate.certificate
        return (enrolment.nodeID, identity)
    }

    struct Unexpected: Error {}

    static func key(_ number: UInt8) -> PublicKey {
        guard let key = PublicKey(uncheckedBytes: [UInt8](repeating: number, count: 32)) else {
            preconditionFailure("32 bytes are a key")
        }
        return key
    }

    static func hello(
        revision: Revision = .zero,
        digest: TableDigest = .empty,
        boot: UInt8 = 0,
        endpoint: HostPort? = nil
    ) -> AgentMessage {
        .hello(
            Hello(
                wireVersion: WireVersion.current,
                agentVersion: "0.1.0",
                bootID: [UInt8](repeating: boot, count: 16),
                appliedRevision: revision,
                tableDigest: digest,
                wireguardPublicKey: key(9),
                endpoint: endpoint,
                listenPort: 51_820
            )
        )
    }

    /// Puts a peer on the node, as provisioning does.
    func assign(_ peer: UInt8, to node: NodeID, index: Int64) async throws {
        try await store.pool.transaction { transaction in
            let taken = try transaction.query(
                "UPDATE nodes SET revision = revision + 1, peer_count = peer_count + 1 WHERE id = $1 RETURNING revision",
                .uuid(node.bytes)
            )
            guard let revision = try taken.first?.int64("revision") else { throw Unexpected() }
            _ = try transaction.execute(
                """
                INSERT INTO assignments (node_id, peer_id, state, revision, public_key, address_index, created_at)
                VALUES ($1, $2, 'installing', $3, $4, $5, now())
                """,
                .uuid(node.bytes),
                .uuid(PeerID.random().bytes),
                .int64(revision),
                .bytes([UInt8](repeating: peer, count: 32)),
                .int64(index)
            )
        }
        feed.nodeChanged(node)
    }
}

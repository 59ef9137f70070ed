import AsyncHTTPClient
import CertificateAuthority
import Cryptography
import DaemonRuntime
import Database
import DatabaseTestSupport
import Foundation
import Logging
import Model
import NIOCore
import NIOHTTP1
import NIOSSL
import Placement
import Store
import Testing

@testable import API

/// The operators' listener on a free port, over TLS with real certificates and a real database.
struct AdminBench: Sendable {
    let store: Store
    let authority: CertificateAuthority
    let services: AdminServices
    let port: Int

    private static let template = TestTemplate(name: "holdfast_admin") { configuration in
        try await DatabaseTestSupport.withPool(configuration) { pool in try await Store(pool: pool).migrate() }
    }

    static func run(
        certificateLifetime: Duration = .seconds(86_400),
        _ body: @escaping @Sendable (AdminBench) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.create(from: template)
        try await database.withPool(connections: 4) { pool in
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let store = Store(pool: pool)
            let authority = try CertificateAuthority.generate(now: SystemClock.now() - .seconds(86_400))
            let pepper = try #require(Pepper(version: 1, key: [UInt8](repeating: 7, count: 32)))
            let services = AdminServices(
                store: store,
                changeFeed: ChangeFeed(pool: pool, instance: .random(), listener: nil, logger: logger),
                authority: authority,
                pepper: pepper,
                placement: PlacementPolicy(),
                linger: .seconds(3600)
            )
            let bench = AdminBench(store: store, authority: authority, services: services, port: 0)
            try await run(bench, services, certificateLifetime: certificateLifetime, body)
        }
    }

    /// The listener over what another bench has, with services of its own.
    static func run(
        _ bench: AdminBench,
        _ services: AdminServices,
        certificateLifetime: Duration = .seconds(86_400),
        limits: ListenerLimits = ListenerLimits(connectionsMax: 256),
        _ body: @escaping @Sendable (AdminBench) async throws -> Void
    ) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let api = try AdminAPI(
            address: ("127.0.0.1", 0),
            services: services,
            certificateLifetime: certificateLifetime,
            limits: limits,
            logger: logger,
            onListening: { listening.yield($0) }
        )
        try await withThrowingTaskGroup { group in
            group.addTask { try await api.run() }
            group.addTask {
                for await port in ports {
                    try await body(
                        AdminBench(store: bench.store, authority: bench.authority, services: services, port: port)
                    )
                    return
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    // Who asks

    struct Identity: Sendable {
        let certificatePEM: String
        let privateKeyPEM: String
    }

    /// An operator whose certificate is known to the database.
    func add(
        _ name: String = "alice",
        _ role: OperatorRole = .operator,
        now: Timestamp = SystemClock.now()
    ) async throws -> Identity {
        let name = try #require(OperatorName(name))
        let issued = try authority.issueOperatorCertificate(for: name, now: now, lifetime: .seconds(3600))
        try await store.addOperator(
            OperatorRecord(
                name: name,
                role: role,
                serial: issued.serial,
                issuedAt: issued.issuedAt,
                expiresAt: issued.expiresAt
            )
        )
        return Identity(certificatePEM: issued.certificatePEM, privateKeyPEM: issued.privateKeyPEM.reveal())
    }

    // What is there

    @discardableResult
    func addNode(_ name: String, region: String = "fra1", capacity: Int32 = 100) async throws -> NodeID {
        let id = NodeID.random()
        try await execute(
            """
            INSERT INTO nodes (id, name, region, wireguard_public_key, endpoint, capacity, enrolled_at, applied_digest,
                heard_at, agent_version)
            VALUES ($1, $2, $3, $4, 'exit.example.net:51820', $5, now(), $6, now(), '1.0.0')
            """,
            .uuid(id.bytes),
            .text(name),
            .text(region),
            .bytes(WireGuardKeyPair.generate().publicKey.bytes),
            .int32(capacity),
            .bytes(TableDigest.empty.bytes)
        )
        return id
    }

    /// Peers whose place is the node, each of a subscription of its own.
    @discardableResult
    func addPeers(_ count: Int, to node: NodeID, region: String = "fra1") async throws -> [PeerID] {
        var peers: [PeerID] = []
        for _ in 0..<count {
            let peer = PeerID.random()
            let subscription = SubscriptionID.random()
            let key = WireGuardKeyPair.generate().publicKey
            try await execute(
                """
                WITH s AS (INSERT INTO subscriptions (id, provider, environment, store_reference, tier, state, created_at,
                        updated_at) VALUES ($1, 'stripe', 'production', $5, 'basic', 'active', now(), now())),
                n AS (UPDATE nodes SET revision = revision + 1, applied_revision = revision + 1,
                    peer_count = peer_count + 1 WHERE id = $2 RETURNING revision),
                p AS (INSERT INTO peers (id, subscription_id, public_key, address_index, region, created_at)
                    VALUES ($3, $1, $4, nextval('address_indexes'), $6, now()) RETURNING address_index),
                e AS (INSERT INTO audit_entries (at, actor, action, node_id, peer_id, subscription_id)
                    VALUES (now(), 'customer', 'peer.provisioned', $2, $3, $1))
                INSERT INTO assignments (node_id, peer_id, state, revision, public_key, address_index, created_at)
                SELECT $2, $3, 'active', n.revision, $4, p.address_index, now() FROM n, p
                """,
                .uuid(subscription.bytes),
                .uuid(node.bytes),
                .uuid(peer.bytes),
                .bytes(key.bytes),
                .text("sub_\(subscription)"),
                .text(region)
            )
            peers.append(peer)
        }
        return peers
    }

    func execute(_ statement: Statement, _ parameters: Parameter...) async throws {
        try await store.pool.transaction { transaction in
            _ = try transaction.executeAll([BoundStatement(statement: statement, parameters: parameters)])
        }
    }

    /// The first row's first column; "none" without a row.
    func text(_ statement: Statement, _ parameters: Parameter...) async throws -> String {
        try await store.pool.read { transaction in
            try transaction.query(statement, parameters).first?.text(0) ?? "none"
        }
    }
}

/// An answer of the API.
struct AdminAnswer: @unchecked Sendable {
    let status: Int
    let headers: [String: String]
    let body: [String: Any]

    subscript<Value>(key: String) -> Value? { body[key] as? Value }

    /// The last part of the problem's type.
    var problem: String? {
        guard headers["content-type"] == "application/problem+json" else { return nil }
        return (body["type"] as? String)?.split(separator: ":").last.map(String.init)
    }
}

extension AdminBench {
    /// One request over a connection of its own, or nil where TLS refused.
    func send(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        as identity: Identity?,
        headers: [String: String] = [:]
    ) async throws -> AdminAnswer {
        try await withClient(as: identity) { client in
            try await send(method, path, body, by: client, headers: headers)
        }
    }

    func send(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        by client: HTTPClient,
        headers: [String: String] = [:]
    ) async throws -> AdminAnswer {
        var request = HTTPClientRequest(
            url: "https://\(CertificateAuthority.coordinatorName):\(port)/admin/v1/\(path)"
        )
        request.method = .RAW(value: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            if headers["Content-Type"] == nil { request.headers.add(name: "Content-Type", value: "application/json") }
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await client.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 8 << 20)
        let object = try? JSONSerialization.jsonObject(with: Data(bytes.readableBytesView)) as? [String: Any]
        return AdminAnswer(
            status: Int(response.status.code),
            headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first },
            body: object ?? [:]
        )
    }

    func withClient<Value>(
        as identity: Identity?,
        newest: TLSVersion? = nil,
        _ body: (HTTPClient) async throws -> Value
    ) async throws -> Value {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates([try NIOSSLCertificate(bytes: authority.certificateDER, format: .der)])
        tls.maximumTLSVersion = newest
        if let identity {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8))
                .map { .certificate($0) }
            tls.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem)
            )
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.dnsOverride = [CertificateAuthority.coordinatorName: "127.0.0.1"]
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let value = try await body(client)
            try await client.shutdown()
            return value
        } catch {
            try await client.shutdown()
            throw error
        }
    }
}

import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

@testable import API

/// The customers' listener on a free port, and a real HTTP client.
struct CustomerListener: Sendable {
    let fixture: APIFixture
    let port: Int
    let services: ServiceGroup
    let client: HTTPClient

    static func run(
        limits: ListenerLimits = ListenerLimits(connectionsMax: 100),
        _ body: @escaping @Sendable (CustomerListener) async throws -> Void
    ) async throws {
        try await APIFixture.with { fixture in
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let (ports, listening) = AsyncStream.makeStream(of: Int.self)
            let api = CustomerAPI(
                address: ("127.0.0.1", 0),
                dependencies: fixture.dependencies,
                limits: limits,
                logger: logger,
                onListening: { listening.yield($0) }
            )
            var configuration = HTTPClient.Configuration()
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 200
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            let services = ServiceGroup(services: [api], logger: logger)
            try await withThrowingTaskGroup { group in
                group.addTask { try await services.run() }
                do {
                    for await port in ports {
                        try await body(
                            CustomerListener(fixture: fixture, port: port, services: services, client: client)
                        )
                        break
                    }
                } catch {
                    try await client.shutdown()
                    group.cancelAll()
                    throw error
                }
                try await client.shutdown()
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
    }

    func request(
        _ method: HTTPMethod,
        _ path: String,
        token: String,
        headers: [String: String] = [:]
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if method == .POST {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: "{}"))
        }
        return try await client.execute(request, timeout: .minutes(2))
    }

    func status(_ method: HTTPMethod, _ path: String, token: String) async throws -> UInt {
        let response = try await request(method, path, token: token)
        _ = try await response.body.collect(upTo: 1 << 20)
        return response.status.code
    }
}

import AsyncHTTPClient
import Model
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The coordinator's admin API, as one operator.
struct AdminClient: Sendable {
    /// The name in the coordinator's certificate, whatever address it is reached at.
    private static let coordinatorName = "holdfast-coordinator"
    private static let answerByteCountMax = 64 << 20

    enum Method: String {
        case get = "GET"
        case post = "POST"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    private let client: HTTPClient
    private let address: HostPort

    /// Runs the body with a client that is shut down after it.
    static func with<Value>(_ profile: Profile, _ body: (AdminClient) async throws -> Value) async throws -> Value {
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: try configuration(of: profile)
        )
        do {
            let value = try await body(AdminClient(client: client, address: profile.coordinator))
            try await client.shutdown()
            return value
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private static func configuration(of profile: Profile) throws(CommandFailure) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv13
        do {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(profile.authority.utf8)))
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(profile.certificate.utf8))
                .map { .certificate($0) }
            tls.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: Array(profile.key.reveal().utf8), format: .pem)
            )
        } catch {
            throw .damagedProfile(path: profile.path, reason: "its certificates or its key cannot be read")
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.dnsOverride = [coordinatorName: profile.coordinator.host]
        configuration.timeout.connect = .seconds(10)
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    func get(_ path: String, _ query: [String: String?] = [:], timeout: Duration = .seconds(30)) async throws
        -> JSONDocument
    {
        try await send(.get, path, query: query, timeout: timeout)
    }

    func post(
        _ path: String,
        _ body: [String: JSONDocument] = [:],
        headers: [String: String] = [:],
        timeout: Duration = .seconds(60)
    ) async throws -> JSONDocument {
        try await send(.post, path, body: .object(body), headers: headers, timeout: timeout)
    }

    /// - Throws: `CommandFailure`.
    func send(
        _ method: Method,
        _ path: String,
        query: [String: String?] = [:],
        body: JSONDocument? = nil,
        headers: [String: String] = [:],
        timeout: Duration = .seconds(30)
    ) async throws -> JSONDocument {
        let target = "/admin/v1/\(path)\(RequestTarget.query(query))"
        var request = HTTPClientRequest(url: "https://\(Self.coordinatorName):\(address.port)\(target)")
        request.method = .RAW(value: method.rawValue)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try body.bytes()))
        }
        let status: Int
        let bytes: [UInt8]
        do {
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            status = Int(response.status.code)
            let buffer = try await response.body.collect(upTo: Self.answerByteCountMax)
            bytes = Array(buffer.readableBytesView)
        } catch {
            throw failure(error)
        }
        return try Self.document(status, bytes)
    }

    private static func document(_ status: Int, _ bytes: [UInt8]) throws(CommandFailure) -> JSONDocument {
        let document = bytes.isEmpty ? JSONDocument.object([:]) : try? JSONDocument(bytes)
        guard (200..<300).contains(status) else {
            let title = document?.string("title") ?? "The coordinator answers with status \(status)"
            // `urn:holdfast:problem:NAME`
            let problem = document?.string("type")?.split(separator: ":").last.map(String.init)
            throw .refused(status: status, problem: problem, title: title, detail: document?.string("detail"))
        }
        guard let document else { throw .unexpectedAnswer("no JSON") }
        return document
    }

    private func failure(_ error: any Error) -> any Error {
        switch error {
        case is CancellationError: error
        case is NIOSSLError, is BoringSSLError:
            CommandFailure.notTrusted(address: "\(address)", reason: TLSWords.text(error))
        case let error as HTTPClientError where error == .cancelled: CancellationError()
        case let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout:
            CommandFailure.unreachable(address: "\(address)", reason: "no answer in time")
        case let error as NIOConnectionError:
            CommandFailure.unreachable(
                address: "\(address)",
                reason: error.connectionErrors.first.map { "\($0.error)" } ?? "no such host"
            )
        default: CommandFailure.unreachable(address: "\(address)", reason: "\(error)")
        }
    }
}

extension AdminClient {
    /// Every element of a list, page by page.
    ///
    /// - Parameters:
    ///   - key: under which a page holds its elements.
    ///   - limit: the most to fetch; nil for all.
    func list(
        _ path: String,
        _ key: String,
        _ query: [String: String?] = [:],
        limit: Int? = nil
    ) async throws -> [JSONDocument] {
        var elements: [JSONDocument] = []
        var query = query
        while true {
            query["limit"] = "\(min(1000, (limit ?? .max) - elements.count))"
            let page = try await get(path, query)
            elements += page.array(key)
            guard let next = page.string("next"), elements.count < limit ?? .max else { return elements }
            query["after"] = next
        }
    }
}

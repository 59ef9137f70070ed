import AsyncHTTPClient
import DaemonRuntime
import Model
import NIOCore
import NIOHTTP1
import OutboundHTTP
import S3Server

@testable import ObjectStorage

/// The real server, as the coordinator and as apps see it.
struct ObjectDesk {
    let objects: ObjectStore
    let bucket: BucketName
    private let web = WebService(timeout: .seconds(30), answerByteCountMax: 32 << 20)

    static var now: Timestamp { SystemClock.now() }

    /// - Parameter secretKey: of the credentials; the server's own unless a test wants another.
    init(secretKey: String = S3Server.secretKey, accessKey: String = S3Server.accessKey) async throws {
        let server = try await S3Server.shared()
        guard let endpoint = StorageEndpoint(server.endpoint, style: .path) else { throw NoEndpoint() }
        objects = ObjectStore(
            endpoint: endpoint,
            region: "us-east-1",
            credentials: StorageCredentials(accessKey: accessKey, secretKey: Secret(secretKey)),
            timeout: .seconds(30)
        )
        bucket = try Self.randomName()
    }

    struct NoEndpoint: Error {}

    static func randomName() throws -> BucketName {
        var generator = SystemRandomNumberGenerator()
        guard let name = BucketName.random(prefix: "test-", using: &generator) else { throw NoEndpoint() }
        return name
    }

    /// With a bucket of the test's own.
    static func withBucket() async throws -> ObjectDesk {
        let desk = try await ObjectDesk()
        try await desk.objects.makeBucket(desk.bucket, now: now)
        return desk
    }

    func presign(
        _ operation: BucketOperation,
        lifetime: Duration = .seconds(60),
        at moment: Timestamp = now
    ) -> PresignedRequest {
        objects.presign(operation, in: bucket, lifetime: lifetime, now: moment)
    }

    /// What an app does with a presigned request.
    func use(_ presigned: PresignedRequest, body: [UInt8]? = nil) async throws -> WebAnswer {
        try await use(presigned.method, presigned.url, body: body)
    }

    func use(_ method: String, _ url: String, body: [UInt8]? = nil) async throws -> WebAnswer {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        // A server that refuses a body does not read it: the connection is good for nothing else.
        request.headers.add(name: "connection", value: "close")
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        return try await web.send(request)
    }

    func put(_ key: String, _ body: [UInt8]) async throws -> WebAnswer {
        guard let key = ObjectKey(key) else { throw NoEndpoint() }
        return try await use(presign(.put(key, byteCount: Int64(body.count))), body: body)
    }

    func get(_ key: String) async throws -> WebAnswer {
        guard let key = ObjectKey(key) else { throw NoEndpoint() }
        return try await use(presign(.get(key)))
    }
}

extension WebAnswer {
    /// S3's word for what is wrong.
    var code: String? { S3Document(body)?.text(of: "Code") }
    var text: String { String(decoding: body, as: UTF8.self) }
}

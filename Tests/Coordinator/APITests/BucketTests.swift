import AsyncHTTPClient
import Database
import Foundation
import HTTPTypes
import Model
import NIOCore
import NIOHTTP1
import ObjectStorage
import OutboundHTTP
import S3Server
import StandInServer
import Store
import Testing

@testable import API

@Suite(.timeLimit(.minutes(10)))
struct BucketTests {
    private static func objects(_ base: String, secret: String = S3Server.secretKey) throws -> ObjectStore {
        ObjectStore(
            endpoint: try #require(StorageEndpoint(base, style: .path)),
            region: "us-east-1",
            credentials: StorageCredentials(accessKey: S3Server.accessKey, secretKey: Secret(secret))
        )
    }

    private static func withRealStore(_ body: @escaping @Sendable (APIFixture) async throws -> Void) async throws {
        let objects = try objects(try await S3Server.shared().endpoint)
        try await APIFixture.with(objects: objects, body)
    }

    private func presign(
        _ fixture: APIFixture,
        _ token: String,
        _ wish: [String: any Sendable]
    ) async throws -> Answer {
        let body = try JSONSerialization.data(withJSONObject: wish)
        return try await fixture.send(.post, "/v1/bucket/presign", body: body, token: token)
    }

    private func use(_ answer: Answer, body: String? = nil) async throws -> WebAnswer {
        var request = HTTPClientRequest(url: try answer.field("url"))
        request.method = HTTPMethod(rawValue: try answer.field("method"))
        // A server that refuses a body does not read it: the connection is good for nothing else.
        request.headers.add(name: "connection", value: "close")
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        return try await WebService(timeout: .seconds(30)).send(request)
    }

    private func set(_ state: String, _ fixture: APIFixture, tier: String = "basic") async throws {
        try await fixture.store.pool.transaction { transaction in
            try transaction.execute("UPDATE subscriptions SET state = $1, tier = $2", .text(state), .text(tier))
        }
    }

    private let put: [String: any Sendable] = ["operation": "put", "key": "notes/1", "content_length": 5]
    private let get: [String: any Sendable] = ["operation": "get", "key": "notes/1"]

    @Test func `a bucket is made once, and an app and the store exchange objects without us`() async throws {
        try await Self.withRealStore { fixture in
            let token = try await fixture.token()
            let missing = try await fixture.send(.get, "/v1/bucket", token: token)
            #expect(missing.status == 404 && missing.problem == "no-bucket")
            let first = try await fixture.send(.post, "/v1/bucket", token: token)
            let again = try await fixture.send(.post, "/v1/bucket", token: token)
            let shown = try await fixture.send(.get, "/v1/bucket", token: token)
            #expect(first.status == 201 && again.status == 200 && shown.status == 200)
            #expect(first.body == again.body && first.body == shown.body)
            #expect(try first.field("state") == "ready" && first.field("access") == "read-write")
            let presigned = try await presign(fixture, token, put)
            #expect(presigned.status == 200)
            #expect(try await use(presigned, body: "hello").status == 200)
            #expect(try await use(presigned, body: "hello!").status == 403)
            let read = try await use(try await presign(fixture, token, get))
            #expect(read.body == Array("hello".utf8))
            let listed = try await use(try await presign(fixture, token, ["operation": "list", "prefix": "notes/"]))
            #expect(String(decoding: listed.body, as: UTF8.self).contains("<Key>notes/1</Key>"))
        }
    }

    @Test func `a bucket is its subscription's own`() async throws {
        try await Self.withRealStore { fixture in
            let (mine, theirs) = (try await fixture.token(), try await fixture.token())
            let first = try await fixture.send(.post, "/v1/bucket", token: mine)
            let second = try await fixture.send(.post, "/v1/bucket", token: theirs)
            #expect(try first.field("name") != second.field("name"))
            _ = try await use(try await presign(fixture, mine, put), body: "hello")
            #expect(try await use(try await presign(fixture, theirs, get)).status == 404)
            #expect(try await fixture.send(.post, "/v1/bucket", token: nil).status == 401)
        }
    }

    @Test func `what was paid for can be read on hold and after the end, and not written`() async throws {
        try await Self.withRealStore { fixture in
            let token = try await fixture.token()
            _ = try await fixture.send(.post, "/v1/bucket", token: token)
            for state in ["hold", "expired"] {
                try await set(state, fixture)
                let write = try await presign(fixture, token, put)
                #expect(write.status == 403 && write.problem == "bucket-read-only")
                #expect(try await presign(fixture, token, get).status == 200)
                #expect(try await fixture.send(.get, "/v1/bucket", token: token).field("access") == "read-only")
            }
            try await set("active", fixture, tier: "other")
            #expect(try await presign(fixture, token, put).problem == "bucket-read-only")
            #expect(try await presign(fixture, token, get).status == 200)
            try await set("revoked", fixture)
            let refused = try await presign(fixture, token, get)
            #expect(refused.status == 403 && refused.problem == "subscription-inactive")
            try await set("grace", fixture)
            #expect(try await presign(fixture, token, put).status == 200)
        }
    }

    @Test func `after its time a bucket is refused, whether or not it is deleted yet`() async throws {
        try await Self.withRealStore { fixture in
            let token = try await fixture.token()
            _ = try await fixture.send(.post, "/v1/bucket", token: token)
            try await set("expired", fixture)
            try await fixture.store.pool.transaction { transaction in
                try transaction.execute("UPDATE buckets SET ended_at = now() - interval '30 days'")
            }
            let refused = try await presign(fixture, token, get)
            #expect(refused.status == 403 && refused.problem == "subscription-inactive")
        }
    }

    @Test(
        arguments: [
            (["operation": "steal"], 422, "malformed-field"),
            (["operation": "get", "key": "../a"], 422, "malformed-field"),
            (["operation": "get"], 422, "malformed-field"), (["operation": "put", "key": "a"], 422, "malformed-field"),
            (["operation": "put", "key": "a", "content_length": (10 << 20) + 1], 413, "object-too-large"),
            (["operation": "put", "key": "a", "content_length": -1], 422, "malformed-field"),
            (["operation": "get", "key": "a", "expires_in_s": 601], 422, "malformed-field"),
            (["operation": "get", "key": "a", "expires_in_s": 0], 422, "malformed-field"),
            (["operation": "list", "max_keys": 1001], 422, "malformed-field"),
            (
                ["operation": "upload-part", "key": "a", "upload_id": "u", "part_number": 3, "content_length": 1], 422,
                "malformed-field"
            ),
            (
                [
                    "operation": "upload-part", "key": "a", "upload_id": "u", "part_number": 2,
                    "content_length": (2 << 20) + 1,
                ],
                413, "object-too-large"
            ),
            (["operation": "complete-multipart", "key": "a", "upload_id": "a b"], 422, "malformed-field"),
        ] as [([String: any Sendable], Int, String)]
    )
    func `what is beyond the tier, or no wish at all, is refused`(
        wish: [String: any Sendable],
        status: Int,
        problem: String
    ) async throws {
        try await Self.withRealStore { fixture in
            let token = try await fixture.token()
            _ = try await fixture.send(.post, "/v1/bucket", token: token)
            let answer = try await presign(fixture, token, wish)
            #expect(answer.status == status && answer.problem == problem)
        }
    }

    @Test func `where there is no object store, the routes say so`() async throws {
        try await APIFixture.with { fixture in
            let token = try await fixture.token()
            for answer in [
                try await fixture.send(.post, "/v1/bucket", token: token),
                try await fixture.send(.get, "/v1/bucket", token: token), try await presign(fixture, token, get),
            ] {
                #expect(answer.status == 501 && answer.problem == "storage-not-offered")
            }
            #expect(try await fixture.send(.get, "/v1/subscription", token: token).status == 200)
        }
    }

    @Test func `an object store that is away makes the bucket at the next request`() async throws {
        let answers: @Sendable (StandInServer.Request, Int) -> StandInServer.Answer = { _, number in
            .init(status: number == 1 ? 403 : 200)
        }
        try await StandInServer.run(answering: answers) { _, base in
            try await APIFixture.with(objects: try Self.objects(base)) { fixture in
                let token = try await fixture.token()
                let away = try await fixture.send(.post, "/v1/bucket", token: token)
                #expect(away.status == 503 && away.problem == "storage-unavailable")
                #expect(try await presign(fixture, token, get).problem == "bucket-not-ready")
                let made = try await fixture.send(.post, "/v1/bucket", token: token)
                #expect(made.status == 201)
                #expect(try await fixture.count("SELECT count(*) FROM buckets") == 1)
            }
        }
    }

    @Test(arguments: [("hold", "basic", "subscription-inactive"), ("active", "other", "bucket-not-in-tier")])
    func `whoever has not paid for a bucket gets none`(state: String, tier: String, problem: String) async throws {
        try await Self.withRealStore { fixture in
            let token = try await fixture.token()
            try await set(state, fixture, tier: tier)
            let answer = try await fixture.send(.post, "/v1/bucket", token: token)
            #expect(answer.status == 403 && answer.problem == problem)
            #expect(try await fixture.count("SELECT count(*) FROM buckets") == 0)
        }
    }
}

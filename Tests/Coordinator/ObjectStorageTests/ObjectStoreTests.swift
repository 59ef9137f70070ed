import Model
import NIOHTTP1
import OutboundHTTP
import StandInServer
import Testing

@testable import ObjectStorage

@Suite(.timeLimit(.minutes(10)))
struct ObjectStoreTests {
    @Test func `a bucket is made once and as often as wanted, and deleted so`() async throws {
        let desk = try await ObjectDesk()
        for _ in 0..<2 { try await desk.objects.makeBucket(desk.bucket, now: ObjectDesk.now) }
        try await desk.objects.look(at: desk.bucket, now: ObjectDesk.now)
        for _ in 0..<2 {
            #expect(try await desk.objects.empty(desk.bucket, limit: 10, now: ObjectDesk.now) == .isEmpty)
            try await desk.objects.deleteBucket(desk.bucket, now: ObjectDesk.now)
        }
        await #expect(throws: ObjectStoreError.refused(status: 404, code: "")) {
            try await desk.objects.look(at: desk.bucket, now: ObjectDesk.now)
        }
    }

    @Test func `a bucket is emptied a part at a time, and of what was never finished`() async throws {
        let desk = try await ObjectDesk.withBucket()
        for number in 0..<5 { #expect(try await desk.put("ü \(number)/+&", [1, 2, 3]).status == 200) }
        let key = try #require(ObjectKey("unfinished ü"))
        #expect(try await desk.use(desk.presign(.createMultipart(key))).status == 200)
        await #expect(throws: ObjectStoreError.refused(status: 409, code: "BucketNotEmpty")) {
            try await desk.objects.deleteBucket(desk.bucket, now: ObjectDesk.now)
        }
        var turns = 1
        while try await desk.objects.empty(desk.bucket, limit: 2, now: ObjectDesk.now) == .hasMore { turns += 1 }
        #expect(turns == 3)
        try await desk.objects.deleteBucket(desk.bucket, now: ObjectDesk.now)
    }

    @Test func `a bucket of somebody else's is not taken for ours`() async throws {
        let answers: @Sendable (StandInServer.Request, Int) -> StandInServer.Answer = { request, _ in
            request.method == "PUT"
                ? .init(status: 409, body: "<Error><Code>BucketAlreadyExists</Code></Error>") : .init(status: 403)
        }
        try await StandInServer.run(answering: answers) { _, base in
            let objects = try store(base)
            await #expect(throws: ObjectStoreError.refused(status: 403, code: "")) {
                try await objects.makeBucket(try ObjectDesk.randomName(), now: ObjectDesk.now)
            }
        }
    }

    @Test func `another region is named, and a server without rules for uploads is none the worse`() async throws {
        let answers: @Sendable (StandInServer.Request, Int) -> StandInServer.Answer = { request, _ in
            .init(status: request.target.contains("lifecycle") ? 400 : 200)
        }
        try await StandInServer.run(answering: answers) { server, base in
            try await store(base, region: "eu-central-1").makeBucket(ObjectDesk.randomName(), now: ObjectDesk.now)
            let requests = server.requests
            #expect(requests.count == 2)
            #expect(requests[0].body.contains("<LocationConstraint>eu-central-1</LocationConstraint>"))
            let authorization = requests[0].headers.first(name: "authorization")
            #expect(authorization?.contains("/eu-central-1/s3/aws4_request") == true)
            #expect(requests[1].body.contains("<DaysAfterInitiation>7</DaysAfterInitiation>"))
        }
    }

    @Test(arguments: [
        "", "<Key>a", "<Key><b/></Key>", "<Key>&nope;</Key>", "<EncodingType>url</EncodingType><Key>%</Key>",
    ])
    func `an answer that is not S3's deletes nothing`(body: String) async throws {
        let answers: @Sendable (StandInServer.Request, Int) -> StandInServer.Answer = { _, _ in
            .init(status: 200, body: body)
        }
        try await StandInServer.run(answering: answers) { server, base in
            _ = try? await store(base).empty(ObjectDesk.randomName(), limit: 10, now: ObjectDesk.now)
            #expect(server.requests.allSatisfy { $0.method == "GET" })
        }
    }

    @Test func `what is escaped in an answer is read`() throws {
        let document = try #require(S3Document(Array("<Key>a&amp;b&#x2f;&#10;</Key><Key/><Key></Key>".utf8)))
        #expect(document.texts(of: "Key") == ["a&b/\n", ""])
    }

    @Test(arguments: [
        ("https://s3.example.net", "https://s3.example.net/bucket/a%20b", "https://bucket.s3.example.net/a%20b"),
        ("https://s3.example.net:443/", "https://s3.example.net/bucket/a%20b", "https://bucket.s3.example.net/a%20b"),
        ("http://localhost:81", "http://localhost:81/bucket/a%20b", "http://bucket.localhost:81/a%20b"),
    ])
    func `a bucket stands in the path or before the host`(text: String, path: String, host: String) throws {
        let bucket = try #require(BucketName("bucket"))
        #expect(StorageEndpoint(text, style: .path)?.url(of: bucket, key: "a b") == path)
        #expect(StorageEndpoint(text, style: .host)?.url(of: bucket, key: "a b") == host)
    }

    @Test(arguments: [
        "", "s3.example.net", "ftp://s3", "http://s3.example.net", "https://", "https://a/b", "https://a:b",
        "https://a:0",
        "https://u@a", "https://a?b", "https://A", "https://a:1:2", "https://a:+1",
    ])
    func `what is no server's address is refused`(text: String) {
        #expect(StorageEndpoint(text, style: .path) == nil)
    }

    private func store(_ base: String, region: String = "us-east-1") throws -> ObjectStore {
        ObjectStore(
            endpoint: try #require(StorageEndpoint(base, style: .path)),
            region: region,
            credentials: StorageCredentials(accessKey: "key", secretKey: Secret("secret"))
        )
    }
}

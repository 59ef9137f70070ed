import Model
import NIOHTTP1
import OutboundHTTP
import S3Server
import Testing

@testable import ObjectStorage

/// Presigned URLs at a server that others wrote and that verifies each signature.
@Suite(.timeLimit(.minutes(10)))
struct PresignedTests {
    private let body = Array("what only its owner reads".utf8)

    @Test(arguments: ["a.txt", "folder/ü b+c&d=e;f?#%41.txt", "..a/~-_.!$'()*,:@", "folder/"])
    func `an object is put, read, listed and deleted`(key: String) async throws {
        let desk = try await ObjectDesk.withBucket()
        #expect(try await desk.put(key, body).status == 200)
        #expect(try await desk.get(key).body == body)
        let page = try await desk.objects.list(desk.bucket, limit: 10, now: ObjectDesk.now)
        #expect(page == ObjectStore.Page(keys: [key], isLast: true))
        let deletion = try await desk.use(desk.presign(.delete(#require(ObjectKey(key)))))
        #expect(deletion.status == 204)
        #expect(try await desk.get(key).status == 404)
    }

    @Test func `a listing comes in pages, by prefix and by folder`() async throws {
        let desk = try await ObjectDesk.withBucket()
        for key in ["a/1", "a/2", "b/1", "c"] { #expect(try await desk.put(key, body).status == 200) }
        func list(_ listing: BucketListing?) async throws -> S3Document {
            let answer = try await desk.use(desk.presign(.list(#require(listing))))
            #expect(answer.status == 200)
            return try #require(S3Document(answer.body))
        }
        let first = try await list(BucketListing(prefix: "a/", limit: 1))
        #expect(first.texts(of: "Key") == ["a/1"] && first.text(of: "IsTruncated") == "true")
        let continuation = try #require(first.text(of: "NextContinuationToken"))
        let second = try await list(BucketListing(prefix: "a/", continuation: continuation, limit: 1))
        #expect(second.texts(of: "Key") == ["a/2"])
        let folders = try await list(BucketListing(delimiter: "/"))
        #expect(folders.texts(of: "Key") == ["c"])
        #expect(folders.texts(of: "Prefix")?.suffix(2) == ["a/", "b/"])
    }

    @Test func `an object is uploaded in parts`() async throws {
        let desk = try await ObjectDesk.withBucket()
        let key = try #require(ObjectKey("large"))
        let created = try await desk.use(desk.presign(.createMultipart(key)))
        let upload = try #require(S3Document(created.body)?.text(of: "UploadId"))
        let parts = [[UInt8](repeating: 1, count: 5 << 20), [UInt8](repeating: 2, count: 10)]
        var manifest = ""
        for (number, part) in zip(1..., parts) {
            let operation = BucketOperation.uploadPart(
                key,
                upload: upload,
                number: number,
                byteCount: Int64(part.count)
            )
            let answer = try await desk.use(desk.presign(operation), body: part)
            let tag = try #require(answer.headers.first(name: "etag"))
            manifest += "<Part><PartNumber>\(number)</PartNumber><ETag>\(tag)</ETag></Part>"
        }
        let completed = try await desk.use(
            desk.presign(.completeMultipart(key, upload: upload)),
            body: Array("<CompleteMultipartUpload>\(manifest)</CompleteMultipartUpload>".utf8)
        )
        #expect(completed.status == 200 && completed.code == nil)
        let whole = try await desk.get("large")
        #expect(whole.body == parts[0] + parts[1])
    }

    @Test func `an upload in parts can be given up, and takes no part of another size`() async throws {
        let desk = try await ObjectDesk.withBucket()
        let key = try #require(ObjectKey("large"))
        let created = try await desk.use(desk.presign(.createMultipart(key)))
        let upload = try #require(S3Document(created.body)?.text(of: "UploadId"))
        let part = desk.presign(.uploadPart(key, upload: upload, number: 1, byteCount: 10))
        let larger = try await desk.use(part, body: [UInt8](repeating: 0, count: 11))
        #expect(larger.status == 403 && larger.code == "SignatureDoesNotMatch")
        let aborted = try await desk.use(desk.presign(.abortMultipart(key, upload: upload)))
        #expect(aborted.status == 204)
        let late = try await desk.use(part, body: [UInt8](repeating: 0, count: 10))
        #expect(late.status == 404 && late.code == "NoSuchUpload")
    }

    @Test func `a signature with one digit changed is refused`() async throws {
        let desk = try await ObjectDesk.withBucket()
        _ = try await desk.put("a", body)
        let url = desk.presign(.get(try #require(ObjectKey("a")))).url
        let flipped = url.dropLast() + (url.hasSuffix("0") ? "1" : "0")
        let answer = try await desk.use("GET", String(flipped))
        #expect(answer.status == 403 && answer.code == "SignatureDoesNotMatch")
    }

    @Test func `a URL that has expired is refused, and so is one whose life was prolonged`() async throws {
        let desk = try await ObjectDesk.withBucket()
        _ = try await desk.put("a", body)
        let old = desk.presign(.get(try #require(ObjectKey("a"))), at: ObjectDesk.now - .seconds(120))
        let expired = try await desk.use(old)
        #expect(expired.status == 403 && expired.code == "AccessDenied")
        let longer = old.url.replacing("X-Amz-Expires=60", with: "X-Amz-Expires=6000")
        let prolonged = try await desk.use("GET", longer)
        #expect(prolonged.status == 403 && prolonged.code == "SignatureDoesNotMatch")
    }

    @Test(arguments: ["PUT", "DELETE"])
    func `a URL to read is good for nothing else`(method: String) async throws {
        let desk = try await ObjectDesk.withBucket()
        _ = try await desk.put("a", body)
        let url = desk.presign(.get(try #require(ObjectKey("a")))).url
        #expect(try await desk.use(method, url, body: method == "PUT" ? body : nil).status == 403)
        #expect(try await desk.get("a").body == body)
    }

    @Test func `a URL is good for its own key, bucket and query alone`() async throws {
        let desk = try await ObjectDesk.withBucket()
        let other = try await ObjectDesk.withBucket()
        for key in ["a", "b"] {
            _ = try await desk.put(key, body)
            _ = try await other.put(key, body)
        }
        let url = desk.presign(.get(try #require(ObjectKey("a")))).url
        let otherKey = url.replacing("/a?", with: "/b?")
        let otherBucket = url.replacing(desk.bucket.text, with: other.bucket.text)
        let more = url + "&response-content-type=text%2Fhtml"
        for url in [otherKey, otherBucket, more] {
            let answer = try await desk.use("GET", url)
            #expect(answer.status == 403 && answer.code == "SignatureDoesNotMatch", "\(answer.status)")
        }
    }

    @Test(arguments: [-1, 1, 1 << 20])
    func `a body of another size than was signed is refused, and nothing is written`(difference: Int) async throws {
        let desk = try await ObjectDesk.withBucket()
        let put = desk.presign(.put(try #require(ObjectKey("a")), byteCount: Int64(body.count)))
        let other = [UInt8](repeating: 7, count: body.count + difference)
        let answer = try await desk.use(put, body: other)
        #expect(answer.status == 403 && answer.code == "SignatureDoesNotMatch")
        #expect(try await desk.get("a").status == 404)
        #expect(try await desk.use(put, body: body).status == 200)
    }

    @Test(arguments: [("wrong", S3Server.accessKey), (S3Server.secretKey, "holdfast:nobody")])
    func `whoever has another key signs nothing`(secretKey: String, accessKey: String) async throws {
        let stranger = try await ObjectDesk(secretKey: secretKey, accessKey: accessKey)
        #expect(try await stranger.get("a").status == 403)
        await #expect(throws: ObjectStoreError.refused(status: 403, code: "SignatureDoesNotMatch")) {
            try await stranger.objects.makeBucket(stranger.bucket, now: ObjectDesk.now)
        }
    }
}

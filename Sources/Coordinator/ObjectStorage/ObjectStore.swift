import AsyncHTTPClient
import Cryptography
import Model
import NIOCore
import NIOHTTP1
import OutboundHTTP

/// An S3-compatible server. The coordinator makes and deletes buckets there, and signs what apps may do with theirs; the
/// objects themselves never pass through it.
public struct ObjectStore: Sendable {
    let endpoint: StorageEndpoint
    let signature: SignatureV4
    private let region: String
    private let service: WebService

    /// - Parameter timeout: for each exchange.
    public init(
        endpoint: StorageEndpoint,
        region: String,
        credentials: StorageCredentials,
        timeout: Duration = .seconds(10)
    ) {
        self.endpoint = endpoint
        self.region = region
        signature = SignatureV4(credentials: credentials, region: region)
        service = WebService(timeout: timeout, answerByteCountMax: 4 << 20)
    }

    /// Makes the bucket; one that is there already and ours is as good.
    public func makeBucket(_ bucket: BucketName, now: Timestamp) async throws(ObjectStoreError) {
        do throws(ObjectStoreError) {
            _ = try await send("PUT", bucket, body: locationConstraint, now: now)
        } catch .refused(status: 409, _) {
            // Another account's bucket would not let itself be looked at.
            try await look(at: bucket, now: now)
        } catch {
            throw error
        }
        await forgetUnfinishedUploads(bucket, now: now)
    }

    /// - Throws: `.refused(404, …)` for one that is not there, `.refused(403, …)` for somebody else's.
    public func look(at bucket: BucketName, now: Timestamp) async throws(ObjectStoreError) {
        _ = try await send("HEAD", bucket, now: now)
    }

    /// Deletes the bucket, which has to be empty; one that is not there is as good.
    public func deleteBucket(_ bucket: BucketName, now: Timestamp) async throws(ObjectStoreError) {
        do throws(ObjectStoreError) {
            _ = try await send("DELETE", bucket, now: now)
        } catch {
            guard error.isMissingBucket else { throw error }
        }
    }

    /// Outside of its first region Amazon wants to be told where; everybody else's region is one that they know.
    private var locationConstraint: String {
        guard region != "us-east-1" else { return "" }
        return """
            <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
            <LocationConstraint>\(region)</LocationConstraint></CreateBucketConfiguration>
            """
    }

    /// What an app has begun to upload in parts and never finished costs money and is listed nowhere. A server that has
    /// no such rules refuses them, and is none the worse for it: deletion looks after these uploads in any case.
    private func forgetUnfinishedUploads(_ bucket: BucketName, now: Timestamp) async {
        let rules = """
            <LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ID>unfinished</ID>\
            <Filter><Prefix></Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload>\
            <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>
            """
        _ = try? await send("PUT", bucket, query: [(name: "lifecycle", value: "")], body: rules, now: now)
    }

    func send(
        _ method: String,
        _ bucket: BucketName,
        key: String = "",
        query: [(name: String, value: String)] = [],
        body: String = "",
        now: Timestamp
    ) async throws(ObjectStoreError) -> WebAnswer {
        let answer: WebAnswer
        do throws(WebServiceError) {
            answer = try await service.sendPersistently(
                signed(method, bucket, key: key, query: query, body: body, now: now)
            )
        } catch {
            throw .unreachable(error)
        }
        guard !answer.isSuccess else { return answer }
        let code = S3Document(answer.body)?.text(of: "Code") ?? ""
        throw .refused(status: answer.status, code: String(code.prefix(64).filter { $0.isASCII && $0.isLetter }))
    }

    private func signed(
        _ method: String,
        _ bucket: BucketName,
        key: String,
        query: [(name: String, value: String)],
        body: String,
        now: Timestamp
    ) -> HTTPClientRequest {
        let hash = Hexadecimal.encode(SHA256.hash(Array(body.utf8)))
        let headers = [
            (name: "host", value: endpoint.host(of: bucket)), (name: "x-amz-content-sha256", value: hash),
            (name: "x-amz-date", value: SignatureV4.dateTime(now)),
        ]
        let canonical = CanonicalRequest(
            method: method,
            path: endpoint.path(of: bucket, key: key),
            query: query,
            headers: headers,
            payloadHash: hash
        )
        let text = query.isEmpty ? "" : "?" + CanonicalRequest.canonical(query)
        var request = HTTPClientRequest(url: endpoint.url(of: bucket, key: key) + text)
        request.method = HTTPMethod(rawValue: method)
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        request.headers.add(name: "authorization", value: signature.authorization(canonical, now: now))
        request.headers.add(name: "user-agent", value: "holdfast")
        // A server that refuses a body may leave it unread, and some send the end of a body in answer to HEAD: what follows
        // on such a connection would be misunderstood.
        if !body.isEmpty || method == "HEAD" { request.headers.add(name: "connection", value: "close") }
        if !body.isEmpty {
            request.headers.add(name: "content-type", value: "application/xml")
            request.body = .bytes(ByteBuffer(string: body))
        }
        return request
    }
}

import Cryptography
import Model
import Testing

@testable import ObjectStorage

/// The examples of Amazon's own documentation: "Signature Calculations for the Authorization Header: Transferring Payload
/// in a Single Chunk" and "Authenticating Requests: Using Query Parameters" of the Amazon S3 API Reference.
struct SignatureV4Tests {
    private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    private static let host = "examplebucket.s3.amazonaws.com"
    /// 2013-05-24T00:00:00Z.
    private let moment = Timestamp(seconds: 1_369_353_600)
    private let signature = SignatureV4(
        credentials: StorageCredentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE",
            secretKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        ),
        region: "us-east-1"
    )

    private func request(
        _ method: String,
        _ path: String,
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [],
        payloadHash: String = emptyHash
    ) -> CanonicalRequest {
        CanonicalRequest(
            method: method,
            path: path,
            query: query,
            headers: headers + [
                (name: "Host", value: Self.host), (name: "x-amz-content-sha256", value: payloadHash),
                (name: "x-amz-date", value: "20130524T000000Z"),
            ],
            payloadHash: payloadHash
        )
    }

    private func expect(_ request: CanonicalRequest, headers: String, signature hex: String) {
        #expect(
            signature.authorization(request, now: moment) == """
                AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                SignedHeaders=\(headers),Signature=\(hex)
                """
        )
    }

    @Test func `an object is read as in Amazon's example`() {
        let request = request("GET", "/test.txt", headers: [(name: "Range", value: "bytes=0-9")])
        #expect(
            request.text == """
                GET
                /test.txt

                host:examplebucket.s3.amazonaws.com
                range:bytes=0-9
                x-amz-content-sha256:\(Self.emptyHash)
                x-amz-date:20130524T000000Z

                host;range;x-amz-content-sha256;x-amz-date
                \(Self.emptyHash)
                """
        )
        #expect(
            signature.stringToSign(request, now: moment) == """
                AWS4-HMAC-SHA256
                20130524T000000Z
                20130524/us-east-1/s3/aws4_request
                7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972
                """
        )
        expect(
            request,
            headers: "host;range;x-amz-content-sha256;x-amz-date",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        )
    }

    @Test func `an object is written as in Amazon's example`() {
        let hash = Hexadecimal.encode(SHA256.hash(Array("Welcome to Amazon S3.".utf8)))
        let headers = [
            (name: "Date", value: "Fri, 24 May 2013 00:00:00 GMT"),
            (name: "x-amz-storage-class", value: "REDUCED_REDUNDANCY"),
        ]
        expect(
            request("PUT", "/test$file.text", headers: headers, payloadHash: hash),
            headers: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        )
    }

    @Test func `a bucket's settings and objects are asked for as in Amazon's examples`() {
        expect(
            request("GET", "/", query: [(name: "lifecycle", value: "")]),
            headers: "host;x-amz-content-sha256;x-amz-date",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        )
        expect(
            request("GET", "/", query: [(name: "prefix", value: "J"), (name: "max-keys", value: "2")]),
            headers: "host;x-amz-content-sha256;x-amz-date",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        )
    }

    @Test func `a URL is presigned as in Amazon's example`() {
        let query = signature.presignedQuery(
            method: "GET",
            path: "/test.txt",
            query: [],
            headers: [(name: "host", value: Self.host)],
            lifetime: .seconds(86_400),
            now: moment
        )
        #expect(
            query == """
                X-Amz-Algorithm=AWS4-HMAC-SHA256\
                &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
                &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
                &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404
                """
        )
    }

    @Test(arguments: [
        ("a b+c/ü", "a%20b%2Bc%2F%C3%BC", "a%20b%2Bc/%C3%BC"), ("~-_.", "~-_.", "~-_."), ("%2F", "%252F", "%252F"),
    ])
    func `every byte but the unreserved ones is encoded`(text: String, encoded: String, path: String) {
        #expect(URIEncoding.encode(text) == encoded)
        #expect(URIEncoding.encode(text, keepingSlashes: true) == path)
        #expect(URIEncoding.decode(encoded) == text)
    }

    @Test(arguments: ["%", "%2", "%zz", "%+1", "%ff"])
    func `what is no encoding is not decoded`(text: String) {
        #expect(URIEncoding.decode(text) == nil)
    }

    @Test func `the secret is in nobody's description`() {
        let credentials = StorageCredentials(accessKey: "key", secretKey: Secret("geheim"))
        #expect(!"\(credentials)".contains("geheim"))
    }
}

import Cryptography
import Model

/// AWS Signature Version 4 for S3, in its two forms: in the query of a URL that anybody may use for a while, and in a
/// header of a request of our own (Amazon S3 API Reference, "Authenticating Requests"). Pure: the time is a parameter.
public struct SignatureV4: Sendable {
    private static let algorithm = "AWS4-HMAC-SHA256"

    private let credentials: StorageCredentials
    private let region: String

    public init(credentials: StorageCredentials, region: String) {
        self.credentials = credentials
        self.region = region
    }

    /// The query of a presigned URL, encoded, with its signature as the last parameter.
    ///
    /// - Parameters:
    ///   - headers: what whoever uses the URL must send exactly so; `host` is among them.
    ///   - lifetime: whole seconds, from 1 to 604,800.
    func presignedQuery(
        method: String,
        path: String,
        query: [(name: String, value: String)],
        headers: [(name: String, value: String)],
        lifetime: Duration,
        now: Timestamp
    ) -> String {
        var fields = query
        fields += [
            (name: "X-Amz-Algorithm", value: Self.algorithm),
            (name: "X-Amz-Credential", value: "\(credentials.accessKey)/\(scope(now))"),
            (name: "X-Amz-Date", value: Self.dateTime(now)),
            (name: "X-Amz-Expires", value: "\(lifetime.components.seconds)"),
        ]
        let names = CanonicalRequest(method: method, path: path, query: [], headers: headers, payloadHash: "")
        fields.append((name: "X-Amz-SignedHeaders", value: names.signedHeaders))
        let request = CanonicalRequest(
            method: method,
            path: path,
            query: fields,
            headers: headers,
            payloadHash: CanonicalRequest.unsignedPayload
        )
        return CanonicalRequest.canonical(fields) + "&X-Amz-Signature=" + signature(of: request, now: now)
    }

    /// What a request of our own carries in `Authorization`. `x-amz-date` and `x-amz-content-sha256` are among the
    /// request's headers.
    func authorization(_ request: CanonicalRequest, now: Timestamp) -> String {
        """
        \(Self.algorithm) Credential=\(credentials.accessKey)/\(scope(now)),\
        SignedHeaders=\(request.signedHeaders),Signature=\(signature(of: request, now: now))
        """
    }

    /// `20130524T000000Z`, as `x-amz-date` has it.
    static func dateTime(_ moment: Timestamp) -> String {
        "\(moment)".filter { $0 != "-" && $0 != ":" }
    }

    func stringToSign(_ request: CanonicalRequest, now: Timestamp) -> String {
        let hash = Hexadecimal.encode(SHA256.hash(Array(request.text.utf8)))
        return [Self.algorithm, Self.dateTime(now), scope(now), hash].joined(separator: "\n")
    }

    private func signature(of request: CanonicalRequest, now: Timestamp) -> String {
        var key = Array("AWS4\(credentials.secretKey.reveal())".utf8)
        for part in [Self.date(now), region, "s3", "aws4_request", stringToSign(request, now: now)] {
            key = SHA256.authenticate(Array(part.utf8), key: key)
        }
        return Hexadecimal.encode(key)
    }

    private func scope(_ now: Timestamp) -> String { "\(Self.date(now))/\(region)/s3/aws4_request" }

    private static func date(_ moment: Timestamp) -> String { String(dateTime(moment).prefix(8)) }
}

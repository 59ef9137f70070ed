import Model

extension ObjectStore {
    /// Amazon's own limit, which every server knows: a week.
    public static let lifetimeMax: Duration = .seconds(604_800)

    /// A URL with which an app carries an operation out by itself. The server is not asked.
    ///
    /// A size is among the signed headers: the server computes the signature over the size that it is sent, so that a
    /// request of another size is refused, and S3 takes no body without one.
    public func presign(
        _ operation: BucketOperation,
        in bucket: BucketName,
        lifetime: Duration,
        now: Timestamp
    ) -> PresignedRequest {
        let lifetime = min(max(lifetime, .seconds(1)), Self.lifetimeMax)
        var headers: [String: String] = [:]
        if let byteCount = operation.byteCount { headers["content-length"] = "\(byteCount)" }
        let query = signature.presignedQuery(
            method: operation.method,
            path: endpoint.path(of: bucket, key: operation.key),
            query: operation.query,
            headers: [(name: "host", value: endpoint.host(of: bucket))]
                + headers.map { (name: $0.key, value: $0.value) },
            lifetime: lifetime,
            now: now
        )
        return PresignedRequest(
            method: operation.method,
            url: "\(endpoint.url(of: bucket, key: operation.key))?\(query)",
            headers: headers,
            expiresAt: Timestamp(seconds: now.seconds) + lifetime
        )
    }
}

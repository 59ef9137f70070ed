/// What a presigned URL lets an app do with its bucket, and nothing else.
public enum BucketOperation: Hashable, Sendable {
    /// The size is signed: another one is another request.
    case put(ObjectKey, byteCount: Int64)
    case get(ObjectKey)
    case delete(ObjectKey)
    case list(BucketListing)
    case createMultipart(ObjectKey)
    /// - number: from 1 to 10,000.
    case uploadPart(ObjectKey, upload: String, number: Int, byteCount: Int64)
    case completeMultipart(ObjectKey, upload: String)
    case abortMultipart(ObjectKey, upload: String)

    /// Whether it changes what is in the bucket.
    public var isWrite: Bool {
        switch self {
        case .get, .list: false
        case .put, .delete, .createMultipart, .uploadPart, .completeMultipart, .abortMultipart: true
        }
    }

    var method: String {
        switch self {
        case .get, .list: "GET"
        case .put, .uploadPart: "PUT"
        case .delete, .abortMultipart: "DELETE"
        case .createMultipart, .completeMultipart: "POST"
        }
    }

    /// Empty for the bucket itself.
    var key: String {
        switch self {
        case .list: ""
        case .put(let key, _), .get(let key), .delete(let key), .createMultipart(let key),
            .uploadPart(let key, _, _, _), .completeMultipart(let key, _), .abortMultipart(let key, _):
            key.text
        }
    }

    var query: [(name: String, value: String)] {
        switch self {
        case .put, .get, .delete: []
        case .list(let listing): listing.query
        case .createMultipart: [(name: "uploads", value: "")]
        case .uploadPart(_, let upload, let number, _):
            [(name: "partNumber", value: "\(number)"), (name: "uploadId", value: upload)]
        case .completeMultipart(_, let upload), .abortMultipart(_, let upload): [(name: "uploadId", value: upload)]
        }
    }

    /// What the request's body has to measure.
    var byteCount: Int64? {
        switch self {
        case .put(_, let byteCount), .uploadPart(_, _, _, let byteCount): byteCount
        default: nil
        }
    }
}

import Database

/// The `Idempotency-Key` of a request, with a hash of the request that it stands for. It is one subscription's own.
public struct IdempotencyKey: Hashable, Sendable {
    public let key: String
    public let requestHash: [UInt8]

    public init(key: String, requestHash: [UInt8]) {
        self.key = key
        self.requestHash = requestHash
    }
}

/// The first answer to a request, for whoever repeats it with its `Idempotency-Key`.
public struct StoredAnswer: Hashable, Sendable {
    /// The HTTP status.
    public let status: Int
    public let body: [UInt8]
    /// The `Location` of the answer.
    public let location: String?

    public init(status: Int, body: [UInt8], location: String? = nil) {
        self.status = status
        self.body = body
        self.location = location
    }

    /// Nil where the row has no answer yet.
    init?(_ row: Row) throws(DatabaseError) {
        guard let status = try row.optionalInt16("status") else { return nil }
        self.init(
            status: Int(status),
            body: try row.optionalBytes("answer") ?? [],
            location: try row.optionalText("location")
        )
    }
}

/// What is known of a request with an `Idempotency-Key`.
public enum EarlierRequest<Origin: Hashable & Sendable>: Hashable, Sendable {
    case answered(StoredAnswer)
    /// It was begun, and nobody has its answer yet; with what was so when it began.
    case begun(Origin?)
    /// The key stands for another request.
    case isAnother
}

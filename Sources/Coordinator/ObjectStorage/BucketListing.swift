/// A page of a bucket's objects, as ListObjectsV2 takes it.
public struct BucketListing: Hashable, Sendable {
    /// What the keys begin with; empty for all.
    public let prefix: String
    /// Keys that share what stands before it, after the prefix, are listed as one; usually a slash.
    public let delimiter: String?
    /// Where the page before ended, as its answer says.
    public let continuation: String?
    public let limit: Int

    public static let limitMax = 1000

    /// Nil when a text is too long or holds control characters, or the limit is not from 1 to 1000.
    public init?(
        prefix: String = "",
        delimiter: String? = nil,
        continuation: String? = nil,
        limit: Int = limitMax
    ) {
        let texts = [prefix, delimiter ?? "", continuation ?? ""]
        guard texts.allSatisfy(ObjectKey.isPlain), (1...Self.limitMax).contains(limit) else { return nil }
        self.prefix = prefix
        self.delimiter = delimiter
        self.continuation = continuation
        self.limit = limit
    }

    var query: [(name: String, value: String)] {
        var query = [(name: "list-type", value: "2"), (name: "max-keys", value: "\(limit)")]
        if !prefix.isEmpty { query.append((name: "prefix", value: prefix)) }
        if let delimiter { query.append((name: "delimiter", value: delimiter)) }
        if let continuation { query.append((name: "continuation-token", value: continuation)) }
        return query
    }
}

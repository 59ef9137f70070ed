/// What a tier allows of a bucket.
public struct BucketTerms: Hashable, Sendable {
    public let objectByteCountMax: Int64
    /// The longest that a presigned URL may be good for.
    public let presignLifetimeMax: Duration

    /// - Parameter objectByteCountMax: from 1 to `objectByteCountLimit`.
    public init(objectByteCountMax: Int64, presignLifetimeMax: Duration) {
        self.objectByteCountMax = min(max(objectByteCountMax, 1), Self.objectByteCountLimit)
        self.presignLifetimeMax = presignLifetimeMax
    }

    // S3's own limits ("Amazon S3 multipart upload limits"): 5 TiB for an object, 5 GiB for what is sent at once, 10,000
    // parts, and at least 5 MiB for each but the last.
    public static let objectByteCountLimit: Int64 = 5 << 40
    private static let requestByteCountLimit: Int64 = 5 << 30
    private static let partCountLimit: Int64 = 10_000
    private static let partByteCountUsual: Int64 = 8 << 20

    /// The largest object that is uploaded in one piece.
    public var wholeByteCountMax: Int64 { min(objectByteCountMax, Self.requestByteCountLimit) }

    /// The largest part. Parts are of one size, so that their number alone bounds the object: nobody has to count what was
    /// uploaded.
    public var partByteCountMax: Int64 {
        let needed = (objectByteCountMax + Self.partCountLimit - 1) / Self.partCountLimit
        let megabytes = (needed + (1 << 20) - 1) >> 20
        return max(Self.partByteCountUsual, megabytes << 20)
    }

    public var partCountMax: Int { Int((objectByteCountMax + partByteCountMax - 1) / partByteCountMax) }

    /// The most that part `number`, from 1, may measure; nil where there is no such part.
    public func byteCountMax(ofPart number: Int) -> Int64? {
        guard (1...partCountMax).contains(number) else { return nil }
        return min(partByteCountMax, objectByteCountMax - Int64(number - 1) * partByteCountMax)
    }
}

import HTTPTypes

/// The problems of buckets.
extension Problem {
    static let storageNotOffered = Problem(
        .notImplemented,
        "storage-not-offered",
        title: "This service offers no storage"
    )
    static let storageUnavailable = Problem(
        .serviceUnavailable,
        "storage-unavailable",
        title: "The bucket is not made yet",
        detail: "It will be, as soon as the object store answers. Ask again in a moment.",
        retryAfter: .seconds(5)
    )
    static let bucketNotInTier = Problem(
        .forbidden,
        "bucket-not-in-tier",
        title: "The subscription's tier does not include a bucket"
    )
    static let noBucket = Problem(
        .notFound,
        "no-bucket",
        title: "The subscription has no bucket",
        detail: "POST /v1/bucket makes it."
    )
    static let bucketNotReady = Problem(
        .conflict,
        "bucket-not-ready",
        title: "The bucket is not made yet",
        detail: "POST /v1/bucket makes it.",
        retryAfter: .seconds(5)
    )
    static let bucketReadOnly = Problem(
        .forbidden,
        "bucket-read-only",
        title: "The bucket can only be read at the moment",
        detail: "The operations get and list are allowed. It can be written once the subscription is paid again."
    )

    static func objectTooLarge(limit: Int64) -> Problem {
        Problem(
            .contentTooLarge,
            "object-too-large",
            title: "The tier allows \(limit) bytes here",
            detail: "GET /v1/bucket says how large objects and parts may be."
        )
    }
}

import DaemonRuntime

/// The settings of the object store.
extension Declared {
    static let storageEndpoint = Setting(
        "storage.endpoint",
        .string,
        default: "",
        help: """
            An S3-compatible server, such as https://s3.example.net, as apps reach it too. Empty: no buckets are offered. It
            needs the secrets storage-access-key and storage-secret-key.
            """
    )
    static let storageRegion = Setting(
        "storage.region",
        .string,
        default: "us-east-1",
        help: "The region that the object store is in, or says that it is in."
    )
    static let storageAddressing = Setting(
        "storage.addressing",
        .oneOf(["path", "host"]),
        default: "path",
        help: "Where a bucket's name stands in a URL: in the path, or in front of the host's name."
    )
    static let storageBucketPrefix = Setting(
        "storage.bucket_prefix",
        .string,
        default: "hf-",
        help: "What buckets' names begin with, before 26 random characters: letters a-z, digits and -, 37 at most."
    )
    static let storageRetention = Setting(
        "storage.retention_days",
        .integer(in: 1...3650),
        default: 30,
        help: "How many days a bucket is kept after its subscription has ended."
    )
}

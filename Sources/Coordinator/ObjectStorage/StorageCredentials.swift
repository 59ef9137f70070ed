import Model

/// By what the object store knows the coordinator.
public struct StorageCredentials: Sendable {
    public let accessKey: String
    public let secretKey: Secret<String>

    public init(accessKey: String, secretKey: Secret<String>) {
        self.accessKey = accessKey
        self.secretKey = secretKey
    }
}

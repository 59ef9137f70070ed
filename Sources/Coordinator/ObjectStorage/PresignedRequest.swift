import Model

/// A request that an app makes of the object store itself, with nothing of its own but the body.
public struct PresignedRequest: Hashable, Sendable {
    public let method: String
    /// Whoever has it may do what it says until it expires.
    public let url: String
    /// To be sent exactly so, and signed: by name in lower case.
    public let headers: [String: String]
    public let expiresAt: Timestamp
}

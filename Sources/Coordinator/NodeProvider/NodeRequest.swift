import FoundationEssentials
import Model

/// What a provider is asked for: one node, under an id that stays the same however often it is asked.
public struct NodeRequest: Sendable {
    public let id: CapacityRequestID
    public let region: RegionName
    /// For people.
    public let reason: String
    /// How many peers the node is to hold.
    public let capacity: Int
    /// From 1.
    public let attempt: Int
    public let expiresAt: Timestamp
    /// What the new machine is to be started with; it carries a join token, so it is a secret.
    public let userData: Secret<String>

    public init(
        id: CapacityRequestID,
        region: RegionName,
        reason: String,
        capacity: Int,
        attempt: Int,
        expiresAt: Timestamp,
        userData: Secret<String>
    ) {
        self.id = id
        self.region = region
        self.reason = reason
        self.capacity = capacity
        self.attempt = attempt
        self.expiresAt = expiresAt
        self.userData = userData
    }

    private struct Document: Encodable {
        let request_id: String
        let region: String
        let reason: String
        let capacity: Int
        let attempt: Int
        let expires_at: String
        let user_data: String
    }

    /// One JSON object.
    var json: Secret<[UInt8]> {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = Document(
            request_id: "\(id)",
            region: region.text,
            reason: reason,
            capacity: capacity,
            attempt: attempt,
            expires_at: "\(expiresAt)",
            user_data: userData.reveal()
        )
        guard let data = try? encoder.encode(document) else { preconditionFailure("strings and numbers are JSON") }
        return Secret(Array(data))
    }
}

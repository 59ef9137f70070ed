extension AgentMessage {
    /// The message's name on the wire, for errors.
    public var name: String {
        switch self {
        case .hello: "Hello"
        case .acknowledgement: "Acknowledgement"
        case .refusal: "Refusal"
        case .heartbeat: "Heartbeat"
        case .renewalRequest: "RenewalRequest"
        case .enrolmentRequest: "EnrolmentRequest"
        case .farewell: "Farewell"
        }
    }
}

extension CoordinatorMessage {
    /// The message's name on the wire, for errors.
    public var name: String {
        switch self {
        case .welcome: "Welcome"
        case .heartbeatReply: "HeartbeatReply"
        case .delta: "Delta"
        case .snapshotBegin: "SnapshotBegin"
        case .snapshotChunk: "SnapshotChunk"
        case .snapshotEnd: "SnapshotEnd"
        case .certificate: "Certificate"
        case .enrolled: "Enrolled"
        case .tryLater: "TryLater"
        case .close: "Close"
        }
    }
}

import Model

/// What the link is doing, for people and for `status`.
public struct LinkStatus: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        case waiting
        case connecting
        case connected
        /// Connected, with an expired certificate: only a new one is to be had.
        case renewing
    }

    public internal(set) var state = State.waiting
    public internal(set) var since: Timestamp
    /// Where the link goes, or went last.
    public internal(set) var coordinator: HostPort?
    public internal(set) var lastFailure: LinkFailure?
    /// How many times a link has been up since the agent started.
    public internal(set) var connections = 0
    public internal(set) var certificateExpires: Timestamp
    /// The node's clock less the coordinator's, at the last message that told its time.
    public internal(set) var clockSkew: Duration?

    mutating func enter(_ state: State, at now: Timestamp) {
        guard state != self.state else { return }
        self.state = state
        since = now
    }
}

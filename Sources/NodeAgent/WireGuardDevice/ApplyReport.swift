/// What came of a plan.
public struct ApplyReport: Hashable, Sendable {
    public internal(set) var messagesSent = 0
    /// Steps that set a peer; one that both loses and gains addresses takes two.
    public internal(set) var peersSet = 0
    public internal(set) var peersRemoved = 0
    public internal(set) var refusals: [Refusal] = []
}

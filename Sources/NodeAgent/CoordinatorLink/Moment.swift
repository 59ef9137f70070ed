import Model

/// Now, by both clocks. The monotonic one counts waiting; the wall clock is for certificates and people.
public struct Moment: Hashable, Sendable {
    /// Since an arbitrary start; never set back.
    public let monotonic: Duration
    public let wall: Timestamp

    public init(monotonic: Duration, wall: Timestamp) {
        self.monotonic = monotonic
        self.wall = wall
    }
}

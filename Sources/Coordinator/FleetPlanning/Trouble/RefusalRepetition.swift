import Model

/// Whether the audit log tells of a refused change. A node whose disk is full refuses again and again: repetitions are
/// counted, and the next entry says how many there were.
public struct RefusalRepetition: Hashable, Sendable {
    /// The last entry.
    public struct Told: Hashable, Sendable {
        public let reason: String
        public let at: Timestamp

        public init(reason: String, at: Timestamp) {
            self.reason = reason
            self.at = at
        }
    }

    /// Nil where there is none.
    public let told: Told?

    /// How long the same reason is only counted.
    static let sameReason: Duration = .seconds(3600)
    /// How long any reason is only counted.
    static let anyReason: Duration = .seconds(60)

    public init(told: Told?) {
        self.told = told
    }

    public func isDue(_ reason: String, now: Timestamp) -> Bool {
        // A time in the future is a clock put back, and says nothing.
        guard let told, told.at <= now else { return true }
        return now - told.at >= (told.reason == reason ? Self.sameReason : Self.anyReason)
    }
}

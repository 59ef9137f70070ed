import Model

/// A tier that takes the present one's place at a moment that is known already.
public struct TierChange: Hashable, Sendable {
    public let tier: TierName
    public let at: Timestamp

    public init(tier: TierName, at: Timestamp) {
        self.tier = tier
        self.at = at
    }
}

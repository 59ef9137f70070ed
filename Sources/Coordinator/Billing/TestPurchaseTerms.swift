import Model

/// What a purchase of a provider's test world may use where purchases of money count.
///
/// Apple reviews an app, and TestFlight and Google's licence testers try it, by purchases that cost nothing, made by the
/// production build: they are taken, marked by their environment, few, short, and on a tier of their own.
public struct TestPurchaseTerms: Hashable, Sendable {
    public let tier: TierName
    /// How many may have access at once.
    public let atOnceMax: Int
    /// Access after the last word of the provider.
    public let lifetime: Duration

    public init(tier: TierName, atOnceMax: Int, lifetime: Duration) {
        self.tier = tier
        self.atOnceMax = atOnceMax
        self.lifetime = lifetime
    }
}

extension Entitlement {
    /// The same, as far as a test purchase goes.
    public func limited(by terms: TestPurchaseTerms, now: Timestamp) -> Entitlement {
        var limited = self
        limited.tier = tier == nil ? nil : terms.tier
        limited.extraPeers = 0
        limited.upcoming = nil
        limited.accessUntil = accessUntil.map { Swift.min($0, now + terms.lifetime) }
        return limited
    }
}

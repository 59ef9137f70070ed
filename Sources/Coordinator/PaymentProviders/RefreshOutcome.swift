import Model

/// What came of asking a store for a subscription.
public enum RefreshOutcome: Hashable, Sendable {
    /// The store's answer is in force; it may be what was known before.
    case applied(SubscriptionID)
    /// The store does not know the subscription, or no longer. That changes nothing here: it may be the fault of a
    /// setting, and access ends by itself when its time is over.
    case notFound
    /// The answer cannot be acted on before a person has looked: no tier has the subscription's product, as a rule.
    /// Nothing was changed.
    case unusable(String)
    /// The subscription is not of the environment that is served here. Nothing was changed.
    case elsewhere
}

import Model

/// Whose a token is.
public struct TokenOwner: Hashable, Sendable {
    public let subscription: SubscriptionID
    /// The tier's name; nil until the store named a product.
    public let tier: String?

    public init(subscription: SubscriptionID, tier: String?) {
        self.subscription = subscription
        self.tier = tier
    }
}

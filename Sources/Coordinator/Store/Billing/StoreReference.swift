import Billing

/// Names a subscription in the words of the store that sold it.
public struct StoreReference: Hashable, Sendable {
    public let provider: PaymentProvider
    public let environment: BillingEnvironment
    /// The store's own id of the subscription.
    public let text: String

    public init(provider: PaymentProvider, environment: BillingEnvironment, text: String) {
        self.provider = provider
        self.environment = environment
        self.text = text
    }
}

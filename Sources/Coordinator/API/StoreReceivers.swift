import PaymentProviders

/// Whoever takes the stores' events in; nil for a store that nothing is sold at.
public struct StoreReceivers: Sendable {
    public let stripe: StripeReceiver?
    public let apple: AppleReceiver?
    public let google: GoogleReceiver?

    public init(stripe: StripeReceiver? = nil, apple: AppleReceiver? = nil, google: GoogleReceiver? = nil) {
        self.stripe = stripe
        self.apple = apple
        self.google = google
    }
}

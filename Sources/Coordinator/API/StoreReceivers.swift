import PaymentProviders

/// Whoever takes the stores' events in; nil for a store that nothing is sold at.
public struct StoreReceivers: Sendable {
    public let stripe: StripeReceiver?
    public let google: GoogleReceiver?

    public init(stripe: StripeReceiver? = nil, google: GoogleReceiver? = nil) {
        self.stripe = stripe
        self.google = google
    }
}

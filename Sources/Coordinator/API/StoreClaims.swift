import PaymentProviders

/// Whoever takes proofs of purchase that devices post; nil for a store that nothing is sold at.
public struct StoreClaims: Sendable {
    public let apple: AppleClaims?
    public let google: GoogleClaims?

    public init(apple: AppleClaims? = nil, google: GoogleClaims? = nil) {
        self.apple = apple
        self.google = google
    }
}

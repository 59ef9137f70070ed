/// Why a claim gave no token.
public enum ClaimRefusal: Error, Hashable, Sendable {
    /// No order was registered for this secret.
    case unknownClaim
    /// The provider has not reported the payment yet: ask again.
    case paymentPending
    /// The provider's checkout ended without a payment.
    case checkoutExpired
    /// The payment was begun, and did not come.
    case paymentFailed
    /// The provider has reported the payment, and a person has to look at it.
    case underReview
    /// Nobody paid within the order's time.
    case orderExpired
    /// The same `Idempotency-Key` came with another request.
    case idempotencyKeyReused
}

/// Why a claim gave no token.
public enum ClaimRefusal: Error, Hashable, Sendable {
    /// No order was registered for this secret.
    case unknownClaim
    /// The store has not reported the payment yet: ask again.
    case paymentPending
}

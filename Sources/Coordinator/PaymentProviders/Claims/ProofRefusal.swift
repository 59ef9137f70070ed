import Model

/// Why a proof of purchase gave no token.
public enum ProofRefusal: Error, Hashable, Sendable {
    /// It is none: forged, of another app, another world, or of something that is not sold here.
    case invalid
    /// It is a purchase of the provider's test world, and none are taken here.
    case testPurchase
    /// As many test purchases as may have access at once have it.
    case testPurchasesFull
    /// The store does not have the payment yet: ask again.
    case pending
    /// Nothing can be said now: the store, the responder of its certificates, or the database does not answer.
    case unavailable
    /// Asked too often for one purchase, or by everybody together; the time after which it may be asked again.
    case limited(retryAfter: Duration)
    /// The same `Idempotency-Key` came with another request.
    case idempotencyKeyReused
}

/// A charge of Stripe's. `invoice` is gone since API version 2025-03-31.
struct StripeCharge: Hashable, Sendable, Decodable {
    let id: StripeID
    /// True only when all of it went back.
    let refunded: Bool?
    let invoice: StripeReference?
    let payment_intent: StripeReference?
}

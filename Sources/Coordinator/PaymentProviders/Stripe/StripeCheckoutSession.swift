/// A Checkout Session of Stripe's. Its id proves nothing: it travels through URLs and histories.
struct StripeCheckoutSession: Hashable, Sendable, Decodable {
    let id: StripeID
    let mode: String?
    let payment_status: String?
    let subscription: StripeReference?
    let client_reference_id: String?
    let url: String?
}

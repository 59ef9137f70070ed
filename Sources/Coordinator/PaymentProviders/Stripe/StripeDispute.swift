/// A dispute of Stripe's, or a refund: both name the payment that they are about.
struct StripeDispute: Hashable, Sendable, Decodable {
    let id: StripeID
    let status: String?
    /// In the currency's smallest unit.
    let amount: Int64?
    let charge: StripeReference?
    let payment_intent: StripeReference?

    /// Whether the payer's bank takes the money back, as far as it got: `warning_*` is an inquiry.
    static func takesMoney(status: String?) -> Bool {
        guard let status else { return true }
        return !status.hasPrefix("warning_") && status != "won" && status != "prevented"
    }
}

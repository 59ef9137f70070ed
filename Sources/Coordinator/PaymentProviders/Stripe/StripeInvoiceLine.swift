/// A line of an invoice of Stripe's, in any version's shape: before 2025-03-31 (`basil`) `type` and `proration` stand in
/// the line itself, since then `parent` says what it came from.
struct StripeInvoiceLine: Hashable, Sendable, Decodable {
    struct Parent: Hashable, Sendable, Decodable {
        struct Details: Hashable, Sendable, Decodable {
            let proration: Bool?
            let subscription: StripeReference?
        }

        let type: String?
        let subscription_item_details: Details?
        let invoice_item_details: Details?

        var details: Details? { subscription_item_details ?? invoice_item_details }
    }

    struct Pricing: Hashable, Sendable, Decodable {
        struct Details: Hashable, Sendable, Decodable {
            let price: StripeExpanded<StripeReference>?
        }

        let price_details: Details?
    }

    struct Discount: Hashable, Sendable, Decodable {
        let amount: Int64
    }

    let id: StripeID?
    let period: StripePeriod
    let amount: Int64?
    let type: String?
    let proration: Bool?
    let subscription: StripeReference?
    /// Not an id of Stripe's own everywhere: the oldest plans have names that the seller chose.
    let price: StripeExpanded<StripeReference>?
    let plan: StripeExpanded<StripeReference>?
    let parent: Parent?
    let pricing: Pricing?
    let discount_amounts: [Discount]?

    /// The subscription that it is of, where it says so.
    var subscriptionID: StripeID? { parent?.details?.subscription?.id ?? subscription?.id }

    var priceID: StripeID? { (pricing?.price_details?.price ?? price ?? plan)?.object?.id }

    /// False where it is known that nothing was asked for it: a free trial, a coupon for all of it.
    var costsMoney: Bool {
        guard let amount else { return true }
        let off = (discount_amounts ?? []).reduce(Int64(0)) { $0.addingReportingOverflow($1.amount).partialValue }
        return amount > off
    }
}

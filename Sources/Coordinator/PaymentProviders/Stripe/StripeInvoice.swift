/// An invoice of Stripe's, in the shape before API version 2025-03-31 (`basil`) or since.
struct StripeInvoice: Hashable, Sendable, Decodable {
    struct Parent: Hashable, Sendable, Decodable {
        struct SubscriptionDetails: Hashable, Sendable, Decodable {
            let subscription: StripeReference?
        }

        let subscription_details: SubscriptionDetails?
    }

    struct Line: Hashable, Sendable, Decodable {
        struct Parent: Hashable, Sendable, Decodable {
            let type: String?
        }

        let period: StripePeriod
        let type: String?
        let parent: Parent?
        let proration: Bool?

        /// Whether it pays for the subscription's time, rather than for something else on the same invoice.
        var isSubscriptionTime: Bool {
            if let parent { return parent.type == "subscription_item_details" }
            return type == nil || type == "subscription"
        }
    }

    let id: StripeID?
    let status: String?
    let paid: Bool?
    let parent: Parent?
    let subscription: StripeReference?
    let payment_intent: StripeReference?
    let charge: StripeReference?
    let lines: StripeList<Line>?

    var subscriptionID: StripeID? { parent?.subscription_details?.subscription?.id ?? subscription?.id }

    var isPaid: Bool { status.map { $0 == "paid" } ?? (paid == true) }

    /// The end of the time that it pays for, in seconds since 1970.
    var periodEnd: Int64? { lines?.data.filter(\.isSubscriptionTime).map(\.period.end).max() }
}

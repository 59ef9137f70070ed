import Billing
import Model

/// A subscription of Stripe's, in the shape before API version 2025-03-31 (`basil`) or since: that version moved the
/// period from the subscription to its items.
struct StripeSubscription: Hashable, Sendable, Decodable {
    struct Item: Hashable, Sendable, Decodable {
        struct Price: Hashable, Sendable, Decodable {
            let id: ProductID
        }

        let price: Price
        let current_period_start: Int64?
        let current_period_end: Int64?
    }

    let id: StripeID
    let status: String
    let items: StripeList<Item>
    let current_period_start: Int64?
    let current_period_end: Int64?
    let cancel_at_period_end: Bool?
    let cancel_at: Int64?
    let livemode: Bool?
    /// Only what was asked for with `expand` is an object; an event carries an id.
    let latest_invoice: StripeExpanded<StripeInvoice>?

    /// The current period of the items, which renew together.
    var period: StripePeriod? {
        let starts = items.data.compactMap(\.current_period_start)
        let ends = items.data.compactMap(\.current_period_end)
        if let start = starts.min(), let end = ends.max() { return StripePeriod(start: start, end: end) }
        guard let current_period_start, let current_period_end else { return nil }
        return StripePeriod(start: current_period_start, end: current_period_end)
    }

    var prices: [String] { items.data.map(\.price.id.text) }

    var renews: Bool { cancel_at_period_end != true && cancel_at == nil }
}

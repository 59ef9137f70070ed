import Billing
import Model

/// A subscription of Stripe's, in the shape before API version 2025-03-31 (`basil`) or since: that version moved the
/// period from the subscription to its items.
struct StripeSubscription: Hashable, Sendable, Decodable {
    struct Item: Hashable, Sendable, Decodable {
        struct Price: Hashable, Sendable, Decodable {
            /// The seller's own text where it began as a plan.
            let id: ProductID
        }

        let id: StripeID?
        let price: Price
        let current_period_start: Int64?
        let current_period_end: Int64?
    }

    struct Pause: Hashable, Sendable, Decodable {
        let behavior: String?
    }

    let id: StripeID
    let status: String
    var items: StripeList<Item>
    let current_period_start: Int64?
    let current_period_end: Int64?
    let cancel_at_period_end: Bool?
    let cancel_at: Int64?
    let collection_method: String?
    let days_until_due: Int64?
    let pause_collection: Pause?
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

    /// Whether another period follows the current one.
    var renews: Bool {
        if cancel_at_period_end == true { return false }
        guard let cancel_at else { return true }
        return period.map { cancel_at > $0.end } ?? false
    }

    /// How the money of the current period is asked for.
    var collection: SubscriptionStatement.Collection {
        StripeCollection(
            status: status,
            pause: pause_collection.map { $0.behavior ?? "" },
            mailedDays: collection_method == "send_invoice" ? days_until_due ?? 0 : nil
        ).collection
    }
}

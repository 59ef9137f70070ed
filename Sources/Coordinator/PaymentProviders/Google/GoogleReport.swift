import Billing
import Model

/// Google's words for a subscription, put into those that all stores share.
enum GoogleReport {
    /// What Google says of access, as of its answer. Never derived from a notification's type.
    ///
    /// - Parameter now: items that are over by then, or have not begun, stand beside the current ones and give nothing.
    static func make(_ subscription: GoogleSubscription, catalogue: TierCatalogue, now: Timestamp) -> StoreReport {
        let status = status(subscription.subscriptionState)
        let items = subscription.currentItems(at: now)
        let grant = catalogue.grant(of: items.map(\.productId.text), at: .google)
        // An add-on may run longer than what it adds to.
        let bearing = grant.tier.map { tier in
            items.filter { catalogue.tier(of: $0.productId.text, at: .google) == tier }
        }
        let expiry = (bearing ?? items).compactMap(\.expiry).max()
        return StoreReport(
            status: status,
            grant: grant,
            periodStart: subscription.startTime.flatMap(GoogleTime.timestamp),
            periodEnd: expiry,
            // Google moves the end only once it has been paid, and gives grace by moving it as well.
            paidThrough: status == .active ? expiry : nil,
            autoRenew: (bearing ?? items).contains(where: \.renews)
        )
    }

    /// A state that this version does not know gives no access.
    static func status(_ word: String) -> StoreStatus {
        switch word {
        case "SUBSCRIPTION_STATE_ACTIVE", "SUBSCRIPTION_STATE_CANCELED": .active
        case "SUBSCRIPTION_STATE_IN_GRACE_PERIOD": .grace
        case "SUBSCRIPTION_STATE_ON_HOLD", "SUBSCRIPTION_STATE_PAUSED": .hold
        case "SUBSCRIPTION_STATE_PENDING": .pending
        case "SUBSCRIPTION_STATE_EXPIRED", "SUBSCRIPTION_STATE_PENDING_PURCHASE_CANCELED": .ended
        default: .hold
        }
    }
}

import Billing
import Model

/// Google's words for a subscription, put into those that all stores share.
enum GoogleReport {
    /// What Google says of access, as of its answer. Never derived from a notification's type.
    static func make(_ subscription: GoogleSubscription, catalogue: TierCatalogue) -> Result<
        StoreReport, ProductProblem
    > {
        let status = status(subscription.subscriptionState)
        let tier: TierName?
        switch catalogue.tier(of: subscription.products, at: .google) {
        case .success(let name): tier = name
        // What gives no access needs no tier, and must not wait for a person.
        case .failure where status != .active && status != .grace: tier = nil
        case .failure(let problem): return .failure(problem)
        }
        let expiry = subscription.expiry
        return .success(
            StoreReport(
                status: status,
                tier: tier,
                periodStart: subscription.startTime.flatMap(GoogleTime.timestamp),
                periodEnd: expiry,
                // Google moves the end only once it has been paid, and gives grace by moving it as well.
                paidThrough: status == .active ? expiry : nil,
                autoRenew: subscription.renews
            )
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

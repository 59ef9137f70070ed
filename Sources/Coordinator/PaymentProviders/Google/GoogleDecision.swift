import Billing
import Model

/// What a purchase at Google Play comes to, once Google has answered.
struct GoogleDecision: Hashable, Sendable {
    let events: [SubscriptionEvent]
    /// The purchase whose place this one has taken.
    let predecessor: PurchaseToken?

    /// - Parameters:
    ///   - subscription: Google's answer; nil when it has forgotten the purchase, as it does 60 days after its end.
    ///   - isRevocation: what is answered rests on a notification that the money went back.
    static func make(
        _ subscription: GoogleSubscription?,
        at: Timestamp,
        isRevocation: Bool,
        catalogue: TierCatalogue
    ) -> Result<GoogleDecision, ProductProblem> {
        guard let subscription else {
            let report = StoreReport(status: .ended, tier: nil, periodStart: nil, periodEnd: nil, autoRenew: false)
            let ended = SubscriptionEvent(at: at, .fetched(report, reinstates: false))
            return .success(GoogleDecision(events: [ended], predecessor: nil))
        }
        return GoogleReport.make(subscription, catalogue: catalogue).map { report in
            var events = [SubscriptionEvent(at: at, .fetched(report, reinstates: false))]
            if isRevocation, report.status == .ended {
                events.append(SubscriptionEvent(at: at, .refunded(through: nil)))
            }
            return GoogleDecision(events: events, predecessor: subscription.predecessor)
        }
    }
}

extension GoogleSubscription {
    /// A change of plan that still waits for its payment, or that never got it, leaves the earlier purchase as it is.
    fileprivate var predecessor: PurchaseToken? {
        switch subscriptionState {
        case "SUBSCRIPTION_STATE_PENDING", "SUBSCRIPTION_STATE_PENDING_PURCHASE_CANCELED": nil
        default: linkedPurchaseToken ?? outOfAppPurchaseContext?.expiredPurchaseToken
        }
    }
}

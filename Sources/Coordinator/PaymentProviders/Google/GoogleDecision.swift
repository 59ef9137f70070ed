import Billing
import Model

/// What a purchase at Google Play comes to, once Google has answered.
struct GoogleDecision: Hashable, Sendable {
    let events: [SubscriptionEvent]
    /// The purchase whose place this one has taken.
    let predecessor: PurchaseToken?

    /// - Parameters:
    ///   - subscription: Google's answer; nil when it has forgotten the purchase, as it does 60 days after its end.
    ///   - at: when what is answered was made.
    ///   - isRevocation: what is answered rests on a notification that the money went back.
    ///   - reinstates: whether Google's word may clear a revocation.
    ///   - now: when Google answered.
    static func make(
        _ subscription: GoogleSubscription?,
        at: Timestamp,
        isRevocation: Bool,
        reinstates: Bool = true,
        catalogue: TierCatalogue,
        now: Timestamp
    ) -> GoogleDecision {
        guard let subscription else {
            let report = StoreReport(status: .ended, tier: nil, periodStart: nil, periodEnd: nil, autoRenew: false)
            let ended = SubscriptionEvent(at: at, .fetched(report, reinstates: false))
            return GoogleDecision(events: [ended], predecessor: nil)
        }
        let report = GoogleReport.make(subscription, catalogue: catalogue, now: now)
        // Google calls nothing active whose money went back: when it does again, it has taken that back.
        var events = [SubscriptionEvent(at: at, .fetched(report, reinstates: reinstates))]
        if isRevocation, report.status == .ended {
            events.append(SubscriptionEvent(at: at, .refunded(through: nil)))
        }
        return GoogleDecision(events: events, predecessor: subscription.predecessor)
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

import Billing

/// How Stripe asks for a period's money, from what a subscription says of it.
struct StripeCollection: Hashable, Sendable {
    let status: String?
    /// `pause_collection.behavior`; nil when it is not paused.
    let pause: String?
    /// Days until a mailed invoice is due; nil where the payer is charged.
    let mailedDays: Int64?

    var collection: SubscriptionStatement.Collection {
        if status == "trialing" { return .free }
        switch pause {
        case nil: break
        // What Stripe advises for a service that stands still meanwhile; the other two let it go on.
        case "void": return .suspended
        default: return .free
        }
        guard let mailedDays else { return .automatic }
        return .mailed(due: .seconds(min(max(mailedDays, 0), 3650) * 86_400))
    }
}

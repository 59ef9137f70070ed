/// A store's own word for a subscription, in the words that all stores share.
public enum StoreStatus: String, Hashable, Sendable, CaseIterable {
    /// The first payment is awaited.
    case pending
    case active
    /// A payment failed and the store goes on trying; what that gives is the operator's policy.
    case pastDue
    /// A payment failed, and the store itself gives access up to the end that it reports.
    case grace
    /// It stopped trying, or the subscription is paused.
    case hold
    case ended

    /// Whether the provider, or the operator's policy, may give access by it.
    var givesAccess: Bool {
        switch self {
        case .active, .pastDue, .grace: true
        case .pending, .hold, .ended: false
        }
    }
}

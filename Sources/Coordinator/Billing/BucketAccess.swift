import Model

/// What a subscription's app may do with the subscription's bucket.
public enum BucketAccess: Hashable, Sendable {
    case readWrite
    case readOnly
    case none
}

extension Entitlement {
    /// Whoever has paid and no longer does can fetch what is theirs; whoever got the money back, and whoever never paid,
    /// cannot.
    public func bucketAccess(at now: Timestamp) -> BucketAccess {
        switch state {
        case .active, .grace: hasAccess(at: now) ? .readWrite : .readOnly
        case .hold, .expired: .readOnly
        case .pending, .revoked, .superseded: .none
        }
    }
}

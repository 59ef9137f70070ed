import Billing
import Model

/// A subscription as it is stored.
public struct SubscriptionRecord: Hashable, Sendable {
    public let id: SubscriptionID
    /// The store's own id of it.
    public let storeReference: String
    public let entitlement: Entitlement
    /// Changes with every write (PostgreSQL's `xmin`): tells whether somebody wrote since it was read.
    public let version: Int64
}

extension SubscriptionRecord {
    var reference: StoreReference {
        StoreReference(
            provider: entitlement.provider,
            environment: entitlement.environment,
            text: storeReference
        )
    }
}

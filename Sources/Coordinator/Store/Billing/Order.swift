import Billing
import Model

/// A purchase that an app has begun. Whoever pays, only who knows the secret behind `claimHash` can claim it.
public struct Order: Hashable, Sendable {
    public let id: OrderID
    /// SHA-256 of the app's secret, 32 bytes.
    public let claimHash: [UInt8]
    public let tier: TierName
    /// Nil until it is paid.
    public let subscription: SubscriptionID?
    public let expiresAt: Timestamp
}

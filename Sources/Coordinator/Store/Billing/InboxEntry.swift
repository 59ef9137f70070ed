import Billing
import Model

/// A verified event of a store that waits to take effect.
public struct InboxEntry: Hashable, Sendable {
    public let provider: PaymentProvider
    public let eventID: String
    /// The allow-listed fields, as JSON; what they mean is the provider's affair.
    public let fields: String
    public let receivedAt: Timestamp
    /// How often it was tried, this time included.
    public let attempts: Int
}

import Billing
import Model

/// A verified event of a store that waits to take effect.
public struct InboxEntry: Hashable, Sendable {
    public let provider: PaymentProvider
    public let eventID: String
    /// The allow-listed fields, as JSON; what they mean is the provider's affair.
    public let fields: String
    /// The store's own id of the subscription; nil where the event does not name it.
    public let storeReference: String?
    public let receivedAt: Timestamp
    /// How often it was taken, this time included. Who holds it proves that by the number: it is another once somebody
    /// else has taken the event.
    public let attempts: Int
}

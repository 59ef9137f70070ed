import Billing
import Model

/// All that is kept of a notification of the App Store's: no account token, no price, no country, no device.
struct AppleInboxFields: InboxFields {
    struct Transaction: Hashable, Sendable, Codable {
        let id: String
        let product: String
        /// Milliseconds since 1970, as all times here.
        let purchased: Int64
        let expires: Int64
        let revoked: Int64?
        let upgraded: Bool
        /// It renews the period before it; nil where the text does not say.
        let renews: Bool?
        let signed: Int64
    }

    struct Renewal: Hashable, Sendable, Codable {
        let renews: Bool
        let grace: Int64?
        let retries: Bool
        /// The store says that it gives grace: `status` 4.
        let in_grace: Bool?
        let signed: Int64
    }

    /// For the log alone: access rests on what follows.
    let type: String
    /// `BillingEnvironment`; nil for the one that is served.
    let environment: String?
    let original_transaction: String
    let transaction: Transaction?
    let renewal: Renewal?

    init(
        type: String,
        environment: BillingEnvironment?,
        originalTransaction: String,
        transaction: Transaction?,
        renewal: Renewal?
    ) {
        self.type = type
        self.environment = environment?.rawValue
        original_transaction = originalTransaction
        self.transaction = transaction
        self.renewal = renewal
    }

    var storeReference: String? { original_transaction }
}

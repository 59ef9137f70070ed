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
        let signed: Int64
    }

    struct Renewal: Hashable, Sendable, Codable {
        let renews: Bool
        let grace: Int64?
        let retries: Bool
        let signed: Int64
    }

    /// For the log alone: access rests on what follows.
    let type: String
    let original_transaction: String
    let transaction: Transaction?
    let renewal: Renewal?

    init(type: String, originalTransaction: String, transaction: Transaction?, renewal: Renewal?) {
        self.type = type
        original_transaction = originalTransaction
        self.transaction = transaction
        self.renewal = renewal
    }

    var storeReference: String? { original_transaction }
}

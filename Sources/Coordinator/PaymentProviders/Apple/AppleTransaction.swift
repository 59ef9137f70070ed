import Billing
import Model

/// `JWSTransactionDecodedPayload`, as far as it is read
/// (developer.apple.com/documentation/appstoreserverapi/jwstransactiondecodedpayload).
struct AppleTransaction: Hashable, Sendable, Decodable {
    let originalTransactionId: String
    let transactionId: String
    let bundleId: String
    let environment: String
    let productId: String
    let type: String
    /// Milliseconds since 1970, as all times here.
    let purchaseDate: Int64
    let expiresDate: Int64?
    let revocationDate: Int64?
    let isUpgraded: Bool?

    /// Other kinds of purchases give nothing here.
    var isSubscription: Bool { type == "Auto-Renewable Subscription" }
}

/// `JWSRenewalInfoDecodedPayload`, as far as it is read.
struct AppleRenewal: Hashable, Sendable, Decodable {
    let originalTransactionId: String
    let environment: String
    /// 1: it renews by itself.
    let autoRenewStatus: Int
    let gracePeriodExpiresDate: Int64?
    let isInBillingRetryPeriod: Bool?
}

/// `responseBodyV2DecodedPayload`, as far as it is read. `summary` and `externalPurchaseToken` have no `data`.
struct AppleNotification: Hashable, Sendable, Decodable {
    struct Content: Hashable, Sendable, Decodable {
        let bundleId: String
        let environment: String
        /// Of production alone.
        let appAppleId: Int64?
        let signedTransactionInfo: String?
        let signedRenewalInfo: String?
    }

    let notificationType: String
    let subtype: String?
    let notificationUUID: String
    let data: Content?
}

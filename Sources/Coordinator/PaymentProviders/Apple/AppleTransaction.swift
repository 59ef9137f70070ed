import Billing
import Model

/// `JWSTransactionDecodedPayload`, as far as it is read
/// (developer.apple.com/documentation/appstoreserverapi/jwstransactiondecodedpayload).
struct AppleTransaction: Hashable, Sendable, Decodable {
    let originalTransactionId: String
    let transactionId: String
    let bundleId: String
    let environment: String
    let productId: ProductID
    let type: String
    /// Milliseconds since 1970, as all times here.
    let purchaseDate: Int64
    let expiresDate: Int64?
    let revocationDate: Int64?
    let isUpgraded: Bool?
    /// PURCHASE or RENEWAL; not in texts of before 2023.
    let transactionReason: String?

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
        /// 1 active, 2 expired, 3 billing retry, 4 grace, 5 revoked; of a subscription alone.
        let status: Int?
        let signedTransactionInfo: String?
        let signedRenewalInfo: String?
    }

    let notificationType: String
    let subtype: String?
    let notificationUUID: String
    let data: Content?
}

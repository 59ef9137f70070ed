import Billing
import Model

/// `SubscriptionPurchaseV2`, as far as it is read: no name, no e-mail address, no profile
/// (developers.google.com/android-publisher/api-ref/rest/v3/purchases.subscriptionsv2).
struct GoogleSubscription: Hashable, Sendable, Decodable {
    struct LineItem: Hashable, Sendable, Decodable {
        struct AutoRenewingPlan: Hashable, Sendable, Decodable {
            let autoRenewEnabled: Bool?
        }

        let productId: ProductID
        /// RFC 3339; not there before a deferred item begins.
        let expiryTime: String?
        let autoRenewingPlan: AutoRenewingPlan?
    }

    struct AccountIdentifiers: Hashable, Sendable, Decodable {
        /// What the app gave at the purchase; ours give the claim's hash, in 64 hexadecimal digits.
        let obfuscatedExternalAccountId: String?
    }

    struct OutOfAppContext: Hashable, Sendable, Decodable {
        /// The subscription that ended and was bought anew in the Play Store. Google tells until it is acknowledged.
        let expiredPurchaseToken: PurchaseToken?
    }

    struct TestPurchase: Hashable, Sendable, Decodable {}

    let subscriptionState: String
    let acknowledgementState: String?
    let startTime: String?
    let lineItems: [LineItem]?
    /// The purchase that this one takes the place of.
    let linkedPurchaseToken: PurchaseToken?
    let outOfAppPurchaseContext: OutOfAppContext?
    let externalAccountIdentifiers: AccountIdentifiers?
    let testPurchase: TestPurchase?

    var environment: BillingEnvironment { testPurchase == nil ? .production : .sandbox }

    var isUnacknowledged: Bool { acknowledgementState == "ACKNOWLEDGEMENT_STATE_PENDING" }

    var claimHash: [UInt8]? {
        guard let text = externalAccountIdentifiers?.obfuscatedExternalAccountId,
            let hash = Hexadecimal.decode(text), hash.count == 32
        else { return nil }
        return hash
    }

    /// Every product that the purchase is or was of.
    var products: [String] { lineItems?.map(\.productId.text) ?? [] }

    /// The items that count now: neither over, nor deferred and not begun. Where all are over, those that ended last.
    func currentItems(at now: Timestamp) -> [LineItem] {
        let items = lineItems ?? []
        let current = items.filter { item in item.expiry.map { now < $0 } ?? false }
        guard current.isEmpty, let last = items.compactMap(\.expiry).max() else {
            return current.isEmpty ? items : current
        }
        return items.filter { $0.expiry == last }
    }
}

extension GoogleSubscription.LineItem {
    var expiry: Timestamp? { expiryTime.flatMap(GoogleTime.timestamp) }

    var renews: Bool { autoRenewingPlan?.autoRenewEnabled == true }
}

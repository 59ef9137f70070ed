import Model

/// All that is kept of a notification of Google Play's (developer.android.com/google/play/billing/rtdn-reference).
///
/// It says where to look, and nothing that access rests on.
struct GoogleInboxFields: InboxFields {
    enum Kind: String, Hashable, Sendable, Codable {
        case subscription
        /// A refund, a chargeback or a revocation.
        case voided
    }

    let kind: Kind
    let purchase_token: PurchaseToken
    /// `notificationType` of a subscription's. Access never rests on it; it tells a revocation from another end.
    var type: Int?
    /// Milliseconds since 1970, by Google's clock.
    let event_time: Int64

    init(kind: Kind, purchaseToken: PurchaseToken, type: Int? = nil, eventTime: Int64) {
        self.kind = kind
        purchase_token = purchaseToken
        self.type = type
        event_time = eventTime
    }

    var storeReference: String? { purchase_token.text }
}

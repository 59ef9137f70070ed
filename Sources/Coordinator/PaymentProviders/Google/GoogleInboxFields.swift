import FoundationEssentials
import Model

/// All that is kept of a notification of Google Play's (developer.android.com/google/play/billing/rtdn-reference).
///
/// It says where to look, and nothing that access rests on.
struct GoogleInboxFields: Hashable, Sendable, Codable {
    enum Kind: String, Hashable, Sendable, Codable {
        case subscription
        /// A refund, a chargeback or a revocation.
        case voided
    }

    let kind: Kind
    let purchase_token: PurchaseToken
    /// `notificationType` of a subscription's, for the log alone.
    var type: Int?
    /// Milliseconds since 1970, by Google's clock.
    let event_time: Int64

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    init(kind: Kind, purchaseToken: PurchaseToken, type: Int? = nil, eventTime: Int64) {
        self.kind = kind
        purchase_token = purchaseToken
        self.type = type
        event_time = eventTime
    }

    init(json: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
    }
}

/// What a provider has said of one checkout of an order.
public struct CheckoutReport: Hashable, Sendable {
    public enum Kind: Int, Hashable, Sendable, CaseIterable {
        case expired
        /// The customer has confirmed, and the payment is under way.
        case completedUnpaid
        case failed
        case paid
    }

    /// The provider's own id of the checkout: one order may have had several.
    public let checkout: String
    public let kind: Kind
    /// Seconds since 1970, by the provider's clock.
    public let created: Int64

    public init(checkout: String, kind: Kind, created: Int64) {
        self.checkout = checkout
        self.kind = kind
        self.created = created
    }
}

/// Where an order stands that no subscription belongs to yet.
public enum OrderStanding: Hashable, Sendable {
    case paymentPending
    case checkoutExpired
    case paymentFailed

    /// The last word on each checkout counts. As long as one of them may bring the payment, it is waited for.
    public static func judge(_ reports: [CheckoutReport]) -> OrderStanding {
        var last: [String: CheckoutReport] = [:]
        for report in reports {
            guard let other = last[report.checkout] else {
                last[report.checkout] = report
                continue
            }
            // Two words of the same second: the one further along.
            if (report.created, report.kind.rawValue) > (other.created, other.kind.rawValue) {
                last[report.checkout] = report
            }
        }
        let kinds = Set(last.values.map(\.kind))
        if kinds.isEmpty || kinds.contains(.paid) || kinds.contains(.completedUnpaid) { return .paymentPending }
        return kinds.contains(.failed) ? .paymentFailed : .checkoutExpired
    }
}

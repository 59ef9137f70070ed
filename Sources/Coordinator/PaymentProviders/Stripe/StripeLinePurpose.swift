/// What a line of an invoice is for. Only `time` says how long was paid.
enum StripeLinePurpose: Hashable, Sendable {
    /// A price of the subscription, for the line's period.
    case time
    /// What was left of a price's time is given back. Its period is the old price's rest.
    case prorationCredit
    /// The difference to another price or quantity. Its period is what is left of the running one.
    case prorationCharge
    /// An extra: a fee for the set-up, or whatever was added by hand.
    case oneOff
    case tax

    init(_ line: StripeInvoiceLine) {
        let type = line.parent?.type ?? line.type
        let isProration = line.parent?.details?.proration ?? line.proration ?? false
        if type?.hasPrefix("tax") == true {
            self = .tax
        } else if isProration {
            self = line.amount.map { $0 < 0 } == true ? .prorationCredit : .prorationCharge
        } else if Self.isOfSubscription(line, type) {
            // A negative price is a discount, not time.
            self = line.amount.map { $0 < 0 } == true ? .oneOff : .time
        } else {
            self = .oneOff
        }
    }

    private static func isOfSubscription(_ line: StripeInvoiceLine, _ type: String?) -> Bool {
        switch type {
        case "subscription", "subscription_item_details": true
        // The oldest lines have no type and name their plan.
        case nil: line.parent == nil && (line.plan != nil || line.subscription != nil)
        default: false
        }
    }
}

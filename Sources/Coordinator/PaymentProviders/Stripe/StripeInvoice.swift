/// An invoice of Stripe's, in the shape before API version 2025-03-31 (`basil`) or since.
struct StripeInvoice: Hashable, Sendable, Decodable {
    struct Parent: Hashable, Sendable, Decodable {
        struct SubscriptionDetails: Hashable, Sendable, Decodable {
            let subscription: StripeReference?
        }

        let subscription_details: SubscriptionDetails?
    }

    struct Transitions: Hashable, Sendable, Decodable {
        let paid_at: Int64?
    }

    let id: StripeID?
    let status: String?
    let paid: Bool?
    let created: Int64?
    let due_date: Int64?
    let billing_reason: String?
    let amount_paid: Int64?
    let status_transitions: Transitions?
    let parent: Parent?
    let subscription: StripeReference?
    let payment_intent: StripeReference?
    let charge: StripeReference?
    /// The first ten, as a rule.
    var lines: StripeList<StripeInvoiceLine>?

    /// The subscription that it is of: its own word, or that of its lines where they agree.
    var subscriptionID: StripeID? {
        if let id = parent?.subscription_details?.subscription?.id ?? subscription?.id { return id }
        let ids = Set((lines?.data ?? []).compactMap(\.subscriptionID))
        return ids.count == 1 ? ids.first : nil
    }

    var isPaid: Bool { status.map { $0 == "paid" } ?? (paid == true) }

    /// Whether there are lines that are not among `lines`.
    var hasMoreLines: Bool { lines?.has_more == true }

    /// The time that it paid for; of several lines of one price the longest.
    var times: [StripePaidTime] {
        var longest: [StripeID?: StripePaidTime] = [:]
        for line in timeLines {
            if let known = longest[line.priceID], known.end >= line.period.end { continue }
            longest[line.priceID] = line.paidTime
        }
        return longest.values.sorted { ($0.end, $0.price?.text ?? "") > ($1.end, $1.price?.text ?? "") }
    }

    /// The time that it gave back with nothing in its place. A credit beside a charge up to the same moment is a change of
    /// the price or the quantity: the time stays paid.
    var credits: [StripePaidTime] {
        let charged = Set(lines(.prorationCharge).map(\.period.end))
        return lines(.prorationCredit).filter { !charged.contains($0.period.end) }.map(\.paidTime)
    }

    /// False where it is known that nothing was asked for the time.
    var costsMoney: Bool { timeLines.isEmpty || timeLines.contains(where: \.costsMoney) }

    /// Whether it was made for a whole period of its subscription, as far as its own reason tells.
    var isForPeriod: Bool {
        switch billing_reason {
        case "subscription_cycle", "subscription_create", "subscription", nil: true
        default: false
        }
    }

    private var timeLines: [StripeInvoiceLine] { lines(.time) }

    private func lines(_ purpose: StripeLinePurpose) -> [StripeInvoiceLine] {
        let owner = subscriptionID
        return (lines?.data ?? []).filter { line in
            StripeLinePurpose(line) == purpose
                && (line.subscriptionID == nil || owner == nil || line.subscriptionID == owner)
        }
    }
}

extension StripeInvoiceLine {
    fileprivate var paidTime: StripePaidTime {
        StripePaidTime(start: period.start, end: period.end, price: priceID)
    }
}

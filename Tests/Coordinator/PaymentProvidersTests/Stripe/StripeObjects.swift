/// Stripe's objects in both shapes, with the fields that matter. Moments are days from `StripeMaterial.time`.
enum StripeObjects {
    static let subscriptionID = "sub_1"

    static func moment(_ day: Int64) -> Int64 { StripeMaterial.time + day * 86_400 }

    /// A line of an invoice.
    struct Line: Sendable {
        var price = "price_basic"
        var start: Int64
        var end: Int64
        var amount: Int64 = 500
        var isProration = false
        /// A fee that is no part of the subscription.
        var isExtra = false

        func json(_ shape: StripeMaterial.Shape, _ id: String) -> String {
            let kind: String
            switch shape {
            case .basil:
                let type = isExtra ? "invoice_item" : "subscription_item"
                kind = """
                    "parent": {"type": "\(type)_details", "\(type)_details": {"proration": \(isProration),
                        "subscription": "\(subscriptionID)"}},
                    "pricing": {"type": "price_details", "price_details": {"price": "\(price)"}}
                    """
            case .legacy:
                kind = """
                    "type": "\(isExtra || isProration ? "invoiceitem" : "subscription")", "proration": \(isProration),
                    "subscription": "\(subscriptionID)", "price": {"id": "\(price)", "object": "price"}
                    """
            }
            return """
                {"id": "\(id)", "object": "line_item", "amount": \(amount), "discount_amounts": [],
                 "period": {"start": \(moment(start)), "end": \(moment(end))}, \(kind)}
                """
        }
    }

    struct Invoice: Sendable {
        var id = "in_1"
        var shape = StripeMaterial.Shape.basil
        var lines: [Line] = []
        var status = "paid"
        var reason = "subscription_cycle"
        var made: Int64
        var due: Int64?
        var amountPaid: Int64 = 500
        /// The charge and the payment have the same end.
        var number = "1"
        var hasSubscription = true
        /// How many lines an event or an expansion shows.
        static let shown = 10

        var json: String {
            let owner: String
            switch shape {
            case .legacy:
                owner = """
                    "subscription": \(hasSubscription ? "\"\(subscriptionID)\"" : "null"),
                    "payment_intent": "pi_\(number)", "charge": "ch_\(number)",
                    """
            case .basil:
                owner =
                    hasSubscription
                    ? """
                    "parent": {"type": "subscription_details",
                        "subscription_details": {"subscription": "\(subscriptionID)"}},
                    """ : #""parent": null,"#
            }
            return """
                {"id": "\(id)", "object": "invoice", "status": "\(status)", "billing_reason": "\(reason)", \(owner)
                 "created": \(moment(made)), "amount_paid": \(amountPaid), "due_date": \(due.map { "\(moment($0))" } ?? "null"),
                 "lines": \(page(after: nil, limit: Self.shown))}
                """
        }

        func page(after last: String?, limit: Int) -> String {
            let ids = lines.indices.map { "il_\(id)_\($0)" }
            let first = last.flatMap { ids.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
            let shown = lines.indices.dropFirst(first).prefix(limit)
            let data = shown.map { lines[$0].json(shape, ids[$0]) }.joined(separator: ", ")
            return #"{"object": "list", "data": [\#(data)], "has_more": \#(first + shown.count < lines.count)}"#
        }
    }

    struct Subscription: Sendable {
        var status = "active"
        var shape = StripeMaterial.Shape.basil
        var price = "price_basic"
        var start: Int64
        var end: Int64
        /// Further fields, each with its comma.
        var more = ""

        func json(latest: String = #""in_1""#) -> String {
            let period = #""current_period_start": \#(moment(start)), "current_period_end": \#(moment(end)),"#
            return """
                {"id": "\(subscriptionID)", "object": "subscription", "status": "\(status)", "livemode": false,
                 "cancel_at_period_end": false, "cancel_at": null, "latest_invoice": \(latest), \(more)
                 \(shape == .legacy ? period : "")
                 "items": {"object": "list", "has_more": false, "data": [{"id": "si_1",
                    \(shape == .basil ? period : "") "price": {"id": "\(price)"}}]}}
                """
        }
    }

    /// - Parameter invoice: what a charge of a version before `basil` says; nil for the field left out.
    static func charge(
        _ number: String = "1",
        refunded: Int64 = 500,
        isWhole: Bool = true,
        invoice: String? = nil
    ) -> String {
        """
        {"id": "ch_\(number)", "object": "charge", "amount": 500, "amount_refunded": \(refunded), "refunded": \(isWhole),
         "payment_intent": "pi_\(number)" \(invoice.map { ", \"invoice\": \($0)" } ?? "")}
        """
    }

    static func dispute(_ status: String, _ number: String = "1") -> String {
        """
        {"id": "dp_\(number)", "object": "dispute", "status": "\(status)", "amount": 500, "charge": "ch_\(number)",
         "payment_intent": "pi_\(number)"}
        """
    }
}
